import { memo } from "react";
import { Link } from "react-router";
import type { IncidentSummary } from "../../api/incidents";
import { Age, Severity, Status } from "../../components/bits";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { useTicking } from "../../lib/clock";
import { headline, isQuiet } from "../../lib/headline";

interface RowProps {
  incident: IncidentSummary;
  chosen: boolean;
  /** Set while nothing is chosen: whether this row is where Tab enters the list. */
  first: boolean | undefined;
  onChoose: (id: string) => void;
}

export const IncidentRow = memo(function IncidentRow({ incident, chosen, first, onChoose }: RowProps) {
  const t = useT();
  const silenced = useTicking((now) => incident.silenced_until !== null && Date.parse(incident.silenced_until) > now);
  return (
    <Link
      to={`/incidents/${incident.task_id}`}
      className="row"
      data-id={incident.task_id}
      data-severity={incident.severity}
      data-chosen={chosen || undefined}
      data-acknowledged={incident.acknowledged_at !== null || undefined}
      tabIndex={chosen || first ? 0 : -1}
      onFocus={() => onChoose(incident.task_id)}
    >
      <span className="row-severity">
        <Severity severity={incident.severity} />
      </span>
      <span className="row-main">
        <span className="row-title" data-quiet={incident.title === null || isQuiet(incident) || undefined}>
          {headline(t, incident)}
        </span>
        <span className="row-sub">
          <span className="row-alert">{incident.alert_name}</span>
          <span className="row-place">
            {incident.cluster_id} / {incident.namespace || t.incidents.wholeCluster}
          </span>
          {incident.object && <span className="row-object">{incident.object}</span>}
          {incident.repeats > 0 && <span className="row-repeats" title={t.incidents.repeats(incident.repeats + 1)}>×{incident.repeats + 1}</span>}
        </span>
      </span>
      <span className="row-people">
        {silenced && (
          <span className="row-flag" title={t.incidents.silenced}>
            <Icon name="mute" size={14} />
            <span className="visually-hidden">{t.incidents.silenced}</span>
          </span>
        )}
        {incident.acknowledged_by && (
          <span className="row-flag" data-good title={t.incidents.acknowledgedBy(incident.acknowledged_by)}>
            <Icon name="check" size={14} />
            <span className="visually-hidden">{t.incidents.acknowledgedBy(incident.acknowledged_by)}</span>
          </span>
        )}
        {incident.assignee && (
          <span className="row-assignee" title={t.incidents.assignedTo(incident.assignee)}>
            <span className="visually-hidden">{t.incidents.assignedTo("")}</span>
            {incident.assignee}
          </span>
        )}
      </span>
      <span className="row-status">
        <Status status={incident.status} />
      </span>
      <span className="row-age">
        <Age at={incident.created_at} />
      </span>
    </Link>
  );
});
