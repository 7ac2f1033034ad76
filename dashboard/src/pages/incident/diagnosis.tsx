import type { IncidentView } from "../../api/incidents";
import { type Finding, type StepResult, isOpen } from "../../api/tasks";
import { Section } from "../../components/bits";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { dedent } from "../../lib/cited";
import { objectName } from "../../lib/filters";
import { useCited } from "./cited";
import { Feedback } from "./feedback";

export function Diagnosis({ view, steps }: { view: IncidentView; steps: StepResult[] }) {
  const t = useT();
  const { task, summary } = view;
  const diagnosis = task.result?.diagnosis;

  if (isOpen(summary.status)) {
    const running = summary.status === "running";
    return (
      <div className="verdict" data-kind="working" role="status">
        <span className="pulse" aria-hidden="true" />
        <div>
          <h2>{running ? t.incident.working : t.status[summary.status]}</h2>
          <p className="muted">{running ? t.incident.workingHint : t.incident.waitingHint}</p>
        </div>
      </div>
    );
  }
  if (!diagnosis) {
    return (
      <div className="verdict" data-kind="failed">
        <Icon name="warning" size={20} />
        <div>
          <h2>{t.incident.failed}</h2>
          <p>{task.error_message ?? t.status[summary.status]}</p>
        </div>
      </div>
    );
  }
  const seen = steps.some((step) => step.status === "success");
  return (
    <>
      {diagnosis.root_cause ? (
        <section className="cause" aria-labelledby="cause">
          <h2 id="cause" className="eyebrow">
            {t.incident.rootCause}
          </h2>
          {/* Mostly the page's heading says it already. */}
          <FindingBody finding={diagnosis.root_cause} lead={diagnosis.root_cause.summary !== summary.title} />
        </section>
      ) : (
        <div className="verdict" data-kind="none">
          <Icon name="check" size={20} />
          <div>
            <h2>{t.incident.noRootCause}</h2>
            <p className="muted">{seen ? t.incident.noRootCauseHint : t.incident.nothingSeen}</p>
          </div>
        </div>
      )}
      <Feedback summary={summary} />
      {diagnosis.other_findings.length > 0 && (
        <Section title={t.incident.otherFindings} hint={t.incident.otherHint}>
          {diagnosis.other_findings.map((finding, index) => (
            <details key={index} className="other">
              <summary>
                <span>{finding.summary}</span>
                <span className="muted number">{Math.round(finding.confidence * 100)} %</span>
              </summary>
              <FindingBody finding={finding} />
            </details>
          ))}
        </Section>
      )}
      {diagnosis.gaps.length > 0 && (
        <Section title={t.incident.gaps}>
          <ul className="gaps">
            {diagnosis.gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function FindingBody({ finding, lead = false }: { finding: Finding; lead?: boolean }) {
  const t = useT();
  const { jumpTo, has } = useCited();
  return (
    <>
      {lead && <p className="cause-summary">{finding.summary}</p>}
      <p className="cause-meta muted">
        <code>{finding.rule}</code> · {finding.object.namespace ? `${finding.object.namespace} / ` : ""}
        {objectName(finding.object)} · {t.incident.confidence(`${Math.round(finding.confidence * 100)} %`)}
      </p>
      <div className="remedy">
        <h3>{t.incident.remedy}</h3>
        <p>{finding.remedy}</p>
      </div>
      <h3 className="evidence-title">{t.incident.evidence}</h3>
      <ul className="evidence">
        {finding.evidence.map((evidence, index) => (
          <li key={index}>
            <p>{evidence.shows}</p>
            <pre tabIndex={0} role="group" aria-label={evidence.shows}>
              <code>{dedent(evidence.excerpt)}</code>
            </pre>
            <p className="evidence-source muted">
              <code>{evidence.command}</code>
              {has(evidence.output_hash) && (
                <button type="button" className="link" aria-label={t.incident.showInOutput(evidence.line, evidence.command)} onClick={() => jumpTo(evidence)}>
                  {t.incident.evidenceAt(evidence.line)} →
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
