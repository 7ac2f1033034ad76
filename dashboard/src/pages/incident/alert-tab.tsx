import type { IncidentView } from "../../api/incidents";
import { Section } from "../../components/bits";
import { useLanguage } from "../../i18n";
import { absolute } from "../../lib/time";

export function AlertTab({ view }: { view: IncidentView }) {
  const { t, language } = useLanguage();
  const { context, priority, result } = view.task;
  return (
    <>
      <Section title={t.incident.details}>
        <Pairs
          pairs={{
            [t.incident.task]: view.task.id,
            [t.incident.source]: context.source,
            [t.incident.happened]: absolute(context.timestamp, language),
            [t.incident.fingerprint]: context.fingerprint,
            [t.incident.priority]: String(priority),
            ...(result ? { [t.incident.strategy]: result.diagnosis.strategy } : {}),
          }}
        />
      </Section>
      <Section title={t.incident.labels}>
        <Pairs pairs={context.labels} />
      </Section>
      {Object.keys(context.annotations).length > 0 && (
        <Section title={t.incident.annotations}>
          <Pairs pairs={context.annotations} />
        </Section>
      )}
    </>
  );
}

function Pairs({ pairs }: { pairs: Record<string, string> }) {
  return (
    <dl className="pairs">
      {Object.entries(pairs).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
