/** Small parts that many pages share. */
import { Tooltip, UnstyledButton } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import type { TaskStatus } from "../api/tasks";
import { useLanguage, useT } from "../i18n";
import { useTicking } from "../lib/clock";
import { absolute, age } from "../lib/time";
import { Icon } from "./icons";

/** How old something is; ticks, and tells the exact time to those who point at it. */
export function Age({ at, ago = false }: { at: string; ago?: boolean }) {
  const { t, language } = useLanguage();
  const text = useTicking((now) => age(at, now, t.unit));
  return (
    <time dateTime={at} title={absolute(at, language)} className="age">
      {ago && text !== t.unit.now ? t.common.ago(text) : text}
    </time>
  );
}

const KNOWN_SEVERITIES = ["critical", "high", "medium", "low"] as const;

export function severityName(t: ReturnType<typeof useT>, severity: string): string {
  const known = KNOWN_SEVERITIES.find((one) => one === severity);
  return known ? t.severity[known] : severity;
}

/** Colour and shape, with the word: never colour alone. */
export function Severity({ severity, compact = false }: { severity: string; compact?: boolean }) {
  const t = useT();
  const name = severityName(t, severity);
  return (
    <span className="severity" data-severity={severity} data-compact={compact || undefined}>
      <svg className="severity-mark" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {severity === "critical" ? <path d="M5 0 10 5 5 10 0 5z" /> : severity === "high" ? <path d="M5 .5 10 9.500H0z" /> : <circle cx="5" cy="5" r={severity === "low" ? 3 : 4} />}
      </svg>
      <span className={compact ? "visually-hidden" : undefined}>{name}</span>
    </span>
  );
}

export function Status({ status }: { status: TaskStatus }) {
  const t = useT();
  return (
    <span className="status" data-status={status}>
      <span className="status-dot" aria-hidden="true" />
      {t.status[status]}
    </span>
  );
}

export function CopyText({ text, label, children }: { text: string; label?: string; children?: ReactNode }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void copyToClipboard(text).then((done) => {
      setCopied(done);
      window.setTimeout(() => setCopied(false), 1500);
    });
  };
  return (
    <span className="copy-wrap">
      <Tooltip label={copied ? t.common.copied : t.common.copy} withArrow>
        <UnstyledButton className="copy" onClick={copy}>
          {children ?? <code>{text}</code>}
          {/* What is seen is a part of what is said (WCAG 2.5.3). */}
          <span className="visually-hidden">
            {" "}
            {t.common.copy} {label}
          </span>
          <Icon name={copied ? "check" : "copy"} size={13} />
        </UnstyledButton>
      </Tooltip>
      <span className="visually-hidden" role="status">
        {copied ? t.common.copied : ""}
      </span>
    </span>
  );
}

/** Over plain HTTP there is no clipboard but the old way. */
async function copyToClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

export function PageTitle({ title, lead, children }: { title: string; lead?: string; children?: ReactNode }) {
  return (
    <header className="page-title">
      <div>
        <h1>{title}</h1>
        {lead && <p className="muted">{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  );
}

export function Section({ title, hint, action, children, id }: { title: string; hint?: string; action?: ReactNode; children: ReactNode; id?: string }) {
  const own = useId();
  const name = id ?? own;
  return (
    <section className="section" aria-labelledby={name}>
      <div className="section-head">
        <h2 id={name}>{title}</h2>
        {action}
      </div>
      {hint && <p className="muted hint">{hint}</p>}
      {children}
    </section>
  );
}
