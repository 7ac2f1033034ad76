import { Link } from "react-router";
import type { IncidentSummary } from "../../api/incidents";
import { Age, Section, Severity } from "../../components/bits";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";

export function Similar({ similar }: { similar: IncidentSummary[] }) {
  const t = useT();
  return (
    <Section title={t.incident.similar}>
      {similar.length === 0 && <p className="muted small">{t.incident.similarNone}</p>}
      <ul className="similar">
        {similar.map((incident) => (
          <li key={incident.task_id}>
            <Link to={`/incidents/${incident.task_id}`}>
              <Severity severity={incident.severity} compact />
              <span>{incident.title ?? incident.alert_name}</span>
            </Link>
            <p className="muted small">
              {incident.cluster_id} / {incident.namespace || t.incidents.wholeCluster} · <Age at={incident.created_at} ago />
              {incident.feedback && (
                <>
                  {" · "}
                  <Icon name={incident.feedback === "right" ? "good" : "bad"} size={12} /> {incident.feedback === "right" ? t.feedback.thanksRight : t.feedback.thanksWrong}
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
