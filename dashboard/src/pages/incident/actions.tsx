import { Button, Menu, Modal, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Action, IncidentSummary } from "../../api/incidents";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { useAct } from "../../lib/actions";
import { useHotkeys } from "../../lib/hotkeys";
import { useSession } from "../../lib/session";

const MINUTES = [30, 60, 240, 1440, 4320];

export function Actions({ summary, open }: { summary: IncidentSummary; open: boolean }) {
  const t = useT();
  const act = useAct();
  const { me, canAct } = useSession();
  const [dialog, setDialog] = useState<"assign" | "silence" | null>(null);
  const run = (action: Action) => act.mutate({ incident: summary, action });
  const acknowledged = summary.acknowledged_at !== null;
  const toggle = () => run({ kind: acknowledged ? "unacknowledge" : "acknowledge" });
  useHotkeys({ a: () => canAct && toggle() });
  if (!canAct) return null;
  const silenced = summary.silenced_until !== null && Date.parse(summary.silenced_until) > Date.now();
  return (
    <div className="actions">
      <Button variant={acknowledged ? "default" : "filled"} leftSection={<Icon name="check" />} onClick={toggle} aria-keyshortcuts="a">
        {acknowledged ? t.action.unacknowledge : t.action.acknowledge}
      </Button>
      <Menu withInitialFocusPlaceholder={false} position="bottom-start">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="user" />} rightSection={<Icon name="down" size={12} />}>
            {summary.assignee ?? t.action.assign}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {summary.assignee !== me.name && <Menu.Item onClick={() => run({ kind: "assign", assignee: me.name })}>{t.action.assignMe}</Menu.Item>}
          <Menu.Item onClick={() => setDialog("assign")}>{t.action.assignOther}</Menu.Item>
          {summary.assignee && <Menu.Item onClick={() => run({ kind: "assign", assignee: null })}>{t.action.unassign}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Button variant="default" leftSection={<Icon name="mute" />} onClick={() => (silenced ? run({ kind: "unsilence" }) : setDialog("silence"))}>
        {silenced ? t.action.unsilence : t.action.silence}
      </Button>
      {open ? (
        <Button variant="default" leftSection={<Icon name="stop" />} onClick={() => run({ kind: "cancel" })}>
          {t.action.cancel}
        </Button>
      ) : (
        <Button variant="default" leftSection={<Icon name="retry" />} onClick={() => run({ kind: "retry" })}>
          {t.action.retry}
        </Button>
      )}
      <AssignDialog opened={dialog === "assign"} close={() => setDialog(null)} run={run} />
      <SilenceDialog opened={dialog === "silence"} close={() => setDialog(null)} run={run} />
    </div>
  );
}

interface DialogProps {
  opened: boolean;
  close: () => void;
  run: (action: Action) => void;
}

function AssignDialog({ opened, close, run }: DialogProps) {
  const t = useT();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    run({ kind: "assign", assignee: String(new FormData(event.currentTarget).get("assignee")).trim() });
    close();
  };
  return (
    <Modal opened={opened} onClose={close} title={t.action.assignOther} closeButtonProps={{ "aria-label": t.app.close }}>
      <form className="form" onSubmit={submit}>
        <TextInput name="assignee" label={t.action.assignee} required withAsterisk={false} data-autofocus autoCapitalize="none" />
        <FormButtons close={close} label={t.action.assign} />
      </form>
    </Modal>
  );
}

function SilenceDialog({ opened, close, run }: DialogProps) {
  const t = useT();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    run({ kind: "silence", minutes: Number(form.get("minutes")), reason: String(form.get("reason") ?? "").trim() });
    close();
  };
  return (
    <Modal opened={opened} onClose={close} title={t.action.silenceTitle} closeButtonProps={{ "aria-label": t.app.close }}>
      <form className="form" onSubmit={submit}>
        <p className="muted small">{t.action.silenceHint}</p>
        <NativeSelect name="minutes" size="sm" label={t.action.silenceFor} defaultValue="60" data={MINUTES.map((minutes) => ({ value: String(minutes), label: t.action.minutes(minutes) }))} />
        <TextInput name="reason" label={t.action.silenceReason} required withAsterisk={false} data-autofocus />
        <FormButtons close={close} label={t.action.silence} />
      </form>
    </Modal>
  );
}

export function FormButtons({ close, label, busy = false }: { close: () => void; label: string; busy?: boolean }) {
  const t = useT();
  return (
    <div className="form-buttons">
      <Button variant="default" size="sm" onClick={close}>
        {t.common.cancel}
      </Button>
      <Button type="submit" size="sm" loading={busy}>
        {label}
      </Button>
    </div>
  );
}
