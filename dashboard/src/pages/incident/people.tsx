/** What people said, and who was told. */
import { Button, Textarea } from "@mantine/core";
import { type FormEvent, useRef } from "react";
import type { IncidentView } from "../../api/incidents";
import { Age, Section } from "../../components/bits";
import { useT } from "../../i18n";
import { useAct } from "../../lib/actions";
import { useSession } from "../../lib/session";

export function People({ view }: { view: IncidentView }) {
  const t = useT();
  const act = useAct();
  const { canAct } = useSession();
  const form = useRef<HTMLFormElement>(null);
  const send = () => {
    if (!form.current) return;
    const text = String(new FormData(form.current).get("text") ?? "").trim();
    if (text === "") return;
    act.mutate({ incident: view.summary, action: { kind: "comment", text } }, { onSuccess: () => form.current?.reset() });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const told = view.notifications.state === "available" ? view.notifications.value : [];
  if (!canAct && view.comments.length === 0 && told.length === 0) return null;
  return (
    <>
      {(canAct || view.comments.length > 0) && (
        <Section title={t.incident.comments}>
          <ol className="comments">
            {view.comments.map((comment) => (
              <li key={comment.id}>
                <p className="comment-head">
                  <strong>{comment.author}</strong> <Age at={comment.created_at} ago />
                </p>
                <p className="comment-text">{comment.text}</p>
              </li>
            ))}
          </ol>
          {canAct && (
            <form ref={form} className="comment-form" onSubmit={submit}>
              <Textarea
                name="text"
                aria-label={t.incident.comment}
                placeholder={t.incident.commentPlaceholder}
                autosize
                minRows={2}
                maxRows={8}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send();
                }}
              />
              <Button type="submit" variant="default" loading={act.isPending && act.variables.action.kind === "comment"}>
                {t.incident.commentSend}
              </Button>
            </form>
          )}
        </Section>
      )}
      {told.length > 0 && (
        <Section title={t.incident.notified}>
          <ul className="told">
            {told.map((one) => (
              <li key={one.id} data-status={one.status}>
                <strong>{one.channel}</strong> <span>{t.incident.delivery[one.status]}</span>
                <span className="muted"> · {t.incident.attempts(one.attempts)}</span>
                {one.error && <p className="muted small">{one.error}</p>}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
