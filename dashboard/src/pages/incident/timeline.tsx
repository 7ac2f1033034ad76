import type { IncidentView } from "../../api/incidents";
import { type StepResult, isOpen } from "../../api/tasks";
import { Section } from "../../components/bits";
import { useLanguage } from "../../i18n";
import { absolute, clock } from "../../lib/time";
import { type Moment, moments } from "../../lib/timeline";

export function Timeline({ view, steps }: { view: IncidentView; steps: StepResult[] }) {
  const { t, language } = useLanguage();
  const all = moments(view, steps);
  const now = Date.now();
  return (
    <Section title={t.incident.timeline}>
      <ol className="timeline">
        {all.map((moment, index) => (
          <li key={`${moment.kind} ${moment.at} ${index}`} data-kind={moment.kind} data-bad={(moment.kind === "step" && moment.step.status !== "success") || undefined}>
            <time dateTime={moment.at} title={absolute(moment.at, language)}>
              {clock(moment.at, language, now)}
            </time>
            <div>
              <Words moment={moment} status={t.status[view.task.status]} />
            </div>
          </li>
        ))}
        {isOpen(view.summary.status) && (
          <li data-kind="now">
            <span />
            <div className="muted">{t.status[view.summary.status]}…</div>
          </li>
        )}
      </ol>
    </Section>
  );
}

function Words({ moment, status }: { moment: Moment; status: string }) {
  const { t } = useLanguage();
  switch (moment.kind) {
    case "created":
      return <>{t.timeline.created}</>;
    case "started":
      return <>{t.timeline.started}</>;
    case "ended":
      return <strong>{status}</strong>;
    case "step":
      return <code>{moment.step.command}</code>;
    case "activity":
      return (
        <>
          <strong>{moment.actor}</strong> {t.timeline.actions[moment.action] ?? moment.action}
          {moment.detail && <p className="muted">{moment.detail}</p>}
        </>
      );
  }
}
