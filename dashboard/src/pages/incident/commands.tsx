/** What was run, why it was allowed, and what it said. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { type StepResult, output } from "../../api/tasks";
import { CopyText, Section } from "../../components/bits";
import { Icon } from "../../components/icons";
import { Failure } from "../../components/states";
import { useT } from "../../i18n";
import { digest } from "../../lib/cited";
import { keys } from "../../lib/keys";
import { duration } from "../../lib/time";
import { useCited } from "./cited";

export function Commands({ steps, working }: { steps: StepResult[]; working: boolean }) {
  const t = useT();
  return (
    <Section title={`${t.incident.commands}${steps.length > 0 ? ` (${steps.length})` : ""}`} id="commands">
      {steps.length === 0 && <p className="muted">{t.incident.noCommands}</p>}
      <ol className="commands" aria-live={working ? "polite" : "off"} aria-relevant="additions">
        {steps.map((step) => (
          <CommandItem key={`${step.step_id} ${step.timestamp}`} step={step} />
        ))}
      </ol>
    </Section>
  );
}

function CommandItem({ step }: { step: StepResult }) {
  const t = useT();
  const { lines, jump } = useCited();
  const cited = lines.get(step.output_hash);
  const [open, setOpen] = useState(cited !== undefined && cited.size > 0);
  const name = useId();
  const mine = jump !== null && jump.hash === step.output_hash;

  useEffect(() => {
    if (mine) setOpen(true);
  }, [mine, jump]);

  const denied = step.verdict.verdict === "deny";
  return (
    <li className="command" data-status={denied ? "denied" : step.status}>
      <h3>
        <button type="button" aria-expanded={open} aria-controls={name} onClick={() => setOpen(!open)}>
          <span className="command-mark" aria-hidden="true">
            <Icon name={denied || step.status !== "success" ? "warning" : "check"} size={14} />
          </span>
          <code>{step.command}</code>
          <span className="command-facts muted">
            {cited && <span className="cited-count">{t.incident.cited(cited.size)}</span>}
            <span>{denied ? t.incident.denied : step.status === "timeout" ? t.incident.timedOut : step.status === "failed" ? t.incident.exit(step.exit_code) : t.incident.allowed}</span>
            <span className="number">{duration(step.duration_ms)}</span>
          </span>
          <Icon name="down" size={14} />
        </button>
      </h3>
      {open && (
        <div id={name} className="command-body">
          <div className="why">
            <strong>{denied ? t.incident.whyDenied : t.incident.why}</strong>
            <p>{step.verdict.reason}</p>
            {step.verdict.checks_passed.length > 0 && (
              <ul className="checks" aria-label={t.incident.checks}>
                {step.verdict.checks_passed.map((check) => (
                  <li key={check}>
                    <Icon name="check" size={12} /> {check}
                  </li>
                ))}
              </ul>
            )}
          </div>
          {step.error && <pre className="command-error">{step.error}</pre>}
          {!denied && <Output step={step} cited={cited} line={mine ? jump : null} />}
        </div>
      )}
    </li>
  );
}

/** Of a step that came live only the hash was told: its output is fetched when it is looked at. */
function Output({ step, cited, line }: { step: StepResult; cited: Map<number, string> | undefined; line: { line: number; count: number } | null }) {
  const t = useT();
  const fetched = useQuery({
    queryKey: keys.output(step.output_hash),
    queryFn: ({ signal }) => output(step.output_hash, signal),
    enabled: step.output === "" && step.output_hash !== "" && step.status === "success",
    staleTime: Infinity,
  });
  if (step.output === "" && fetched.error) return <Failure error={fetched.error} retry={() => void fetched.refetch()} />;
  const text = step.output || fetched.data || "";
  if (text === "") return <p className="muted small">{t.incident.noOutput}</p>;
  return <Lines text={text} step={step} cited={cited ?? NONE} line={line} />;
}

const NONE = new Map<number, string>();
const FLASH_MS = 1600;

function Lines({ text, step, cited, line }: { text: string; step: StepResult; cited: Map<number, string>; line: { line: number; count: number } | null }) {
  const t = useT();
  const [whole, setWhole] = useState(false);
  const [flash, setFlash] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const count = text.replace(/\n$/, "").split("\n").length;
  const pieces = digest(text, new Set(cited.keys()), whole);
  const cut = pieces.some((piece) => piece.kind === "gap");

  useEffect(() => {
    if (line === null) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-line="${line.line}"]`);
    row?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    box.current?.focus({ preventScroll: true });
    setFlash(line.line);
    const timer = window.setTimeout(() => setFlash(null), FLASH_MS);
    return () => window.clearTimeout(timer);
  }, [line]);

  return (
    <>
      <div ref={box} className="output" tabIndex={0} role="group" aria-label={t.incident.outputOf(step.command)}>
        {pieces.map((piece) =>
          piece.kind === "gap" ? (
            <button key={`gap ${piece.from}`} type="button" className="output-gap" onClick={() => setWhole(true)}>
              ⋯ {piece.count}
              <span className="visually-hidden"> {t.common.showAll(count)}</span>
            </button>
          ) : (
            <div key={piece.number} className="line" data-line={piece.number} data-flash={flash === piece.number || undefined} data-cited={cited.has(piece.number) || undefined}>
              <span className="line-number" aria-hidden="true">
                {piece.number}
              </span>
              {cited.has(piece.number) ? <mark title={cited.get(piece.number)}>{piece.text || " "}</mark> : <span>{piece.text || " "}</span>}
            </div>
          ),
        )}
      </div>
      <p className="output-foot muted small">
        {(cut || whole) && (
          <button type="button" className="link" onClick={() => setWhole(!whole)}>
            {whole ? t.common.showLess : t.common.showAll(count)}
          </button>
        )}
        {step.truncated && <span>{t.incident.truncated}</span>}
        <CopyText text={step.output_hash} label={t.incident.hash}>
          {t.incident.hash} <code>{step.output_hash.slice(0, 10)}</code>
        </CopyText>
      </p>
    </>
  );
}
