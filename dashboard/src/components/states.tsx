/** What stands where content would: loading, nothing, and errors. */
import { Button, Skeleton } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { ApiError } from "../api/http";
import { type Dictionary, useT } from "../i18n";
import { CopyText } from "./bits";
import { Icon, type IconName } from "./icons";

/** An error in words for a person. The server's own words go first: they say what to do. */
export function explain(t: Dictionary, error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : t.error.unknown;
  if (error.code === "unreachable" || error.status === 502) return t.error.unreachable;
  if (error.status === 429) return t.error.rateLimited;
  if (error.message) return error.message;
  if (error.status === 403) return t.error.forbidden;
  if (error.status === 404) return t.error.notFound;
  return t.error.unknown;
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useT();
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="state" role="alert">
      <Icon name="warning" size={28} />
      <h2>{t.error.title}</h2>
      <p>{explain(t, error)}</p>
      {retry && (
        <Button variant="default" leftSection={<Icon name="retry" />} onClick={retry}>
          {t.common.retry}
        </Button>
      )}
      {requestId && (
        <p className="muted small">
          {t.common.requestId} <CopyText text={requestId} label={t.common.requestId} />
        </p>
      )}
    </div>
  );
}

export function Empty({ icon, title, hint, children }: { icon: IconName; title: string; hint?: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {hint && <p className="muted">{hint}</p>}
      {children}
    </div>
  );
}

export function Loading({ rows = 6, height = 40 }: { rows?: number; height?: number }) {
  const t = useT();
  return (
    <div className="loading" role="status" aria-label={t.common.loading}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="sm" animate />
      ))}
    </div>
  );
}

/** The common case: a query that loads, fails, or has an answer. What was loaded before stays on the screen when a reload fails. */
export function Loaded<T>({ query, rows, height, children }: { query: { data: T | undefined; error: unknown; refetch: () => unknown }; rows?: number; height?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading rows={rows} height={height} />;
}

/** The last resort: a page that threw. */
export class Boundary extends Component<{ title: string; action: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="state" role="alert">
        <Icon name="warning" size={28} />
        <p>{this.props.title}</p>
        <Button variant="default" onClick={() => location.reload()}>
          {this.props.action}
        </Button>
      </div>
    );
  }
}
