/** What it is, where it stands, and what can be done about it. */
import type { IncidentView } from "../../api/incidents";
import { isOpen } from "../../api/tasks";
import { Age, CopyText, Severity, Status } from "../../components/bits";
import { Icon } from "../../components/icons";
import { useLanguage } from "../../i18n";
import { useTicking } from "../../lib/clock";
import { heading } from "../../lib/headline";
import { clock, duration } from "../../lib/time";
import { Actions } from "./actions";

export function IncidentHead({ view }: { view: IncidentView }) {
  const { t, language } = useLanguage();
  const { summary } = view;
  const silenced = useTicking((now) => summary.silenced_until !== null && Date.parse(summary.silenced_until) > now);
  const took = summary.completed_at ? Date.parse(summary.completed_at) - Date.parse(summary.created_at) : null;
  return (
    <header className="incident-head">
      <div className="incident-badges">
        <Severity severity={summary.severity} />
        <Status status={summary.status} />
        {summary.repeats > 0 && <span className="chip">{t.incidents.repeats(summary.repeats + 1)}</span>}
        {summary.acknowledged_by && (
          <span className="chip" data-good>
            <Icon name="check" size={13} /> {t.incidents.acknowledgedBy(summary.acknowledged_by)}
          </span>
        )}
        {summary.assignee && (
          <span className="chip">
            <Icon name="user" size={13} /> {summary.assignee}
          </span>
        )}
        {silenced && summary.silenced_until && (
          <span className="chip">
            <Icon name="mute" size={13} /> {t.action.silencedUntil(clock(summary.silenced_until, language, Date.now()))}
          </span>
        )}
      </div>
      <h1>{heading(summary)}</h1>
      <dl className="facts">
        <Fact name={t.incident.alert}>{summary.alert_name}</Fact>
        <Fact name={t.incident.cluster}>{summary.cluster_id}</Fact>
        <Fact name={t.incident.namespace}>{summary.namespace || t.incidents.wholeCluster}</Fact>
        {summary.object && <Fact name={t.incident.object}>{summary.object}</Fact>}
        <Fact name={t.incident.started}>
          <Age at={summary.created_at} ago />
        </Fact>
        {took !== null && <Fact name={t.incident.took}>{duration(took)}</Fact>}
        <Fact name={t.incident.trace}>
          <CopyText text={summary.trace_id} label={t.incident.trace}>
            <code>{summary.trace_id.slice(0, 8)}</code>
          </CopyText>
        </Fact>
      </dl>
      <Actions summary={summary} open={isOpen(summary.status)} />
    </header>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
