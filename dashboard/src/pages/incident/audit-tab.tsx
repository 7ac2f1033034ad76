import type { AuditEvent } from "../../api/audit";
import type { Part } from "../../api/incidents";
import { AuditTable } from "../../components/audit-table";
import { Empty } from "../../components/states";
import { useT } from "../../i18n";

export function AuditTab({ audit }: { audit: Part<AuditEvent[]> }) {
  const t = useT();
  if (audit.state === "unavailable") return <Empty icon="warning" title={t.incident.partUnavailable(audit.reason)} />;
  if (audit.state === "absent" || audit.value.length === 0) return <Empty icon="audit" title={t.audit.empty} hint={t.audit.emptyHint} />;
  return <AuditTable links={audit.value} label={t.incident.tabs.audit} />;
}
