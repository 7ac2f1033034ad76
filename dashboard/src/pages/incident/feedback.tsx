import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { IncidentSummary } from "../../api/incidents";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { useAct } from "../../lib/actions";
import { useSession } from "../../lib/session";

export function Feedback({ summary }: { summary: IncidentSummary }) {
  const t = useT();
  const act = useAct();
  const { canAct } = useSession();
  const [asking, ask] = useState(false);
  const [again, setAgain] = useState(false);
  const given = summary.feedback;
  if (!canAct && given === null) return null;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const word = (name: string) => String(form.get(name) ?? "").trim() || undefined;
    act.mutate({ incident: summary, action: { kind: "feedback", verdict: "wrong", cause: word("cause"), note: word("note") } });
    ask(false);
    setAgain(false);
  };

  if (given !== null && !again && !asking) {
    return (
      <div className="feedback" data-verdict={given}>
        <Icon name={given === "right" ? "good" : "bad"} />
        <span>{given === "right" ? t.feedback.thanksRight : t.feedback.thanksWrong}</span>
        {canAct && (
          <button type="button" className="link" onClick={() => setAgain(true)}>
            {t.feedback.change}
          </button>
        )}
      </div>
    );
  }
  return (
    <div className="feedback">
      <span id="feedback">{t.feedback.title}</span>
      <div role="group" aria-labelledby="feedback" className="feedback-buttons">
        <Button
          variant="default"
          leftSection={<Icon name="good" />}
          onClick={() => {
            act.mutate({ incident: summary, action: { kind: "feedback", verdict: "right" } });
            ask(false);
            setAgain(false);
          }}
        >
          {t.feedback.right}
        </Button>
        <Button variant="default" leftSection={<Icon name="bad" />} aria-expanded={asking} onClick={() => ask(!asking)}>
          {t.feedback.wrong}
        </Button>
      </div>
      {asking && (
        <form className="form feedback-form" onSubmit={submit}>
          <TextInput name="cause" label={t.feedback.cause} placeholder={t.feedback.causePlaceholder} autoFocus />
          <TextInput name="note" label={`${t.feedback.note} (${t.common.optional})`} />
          <Button type="submit">{t.feedback.send}</Button>
        </form>
      )}
    </div>
  );
}
