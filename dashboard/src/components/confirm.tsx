/** Asks before what cannot be undone. */
import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useT } from "../i18n";
import { explain } from "./states";

interface ConfirmProps {
  opened: boolean;
  close: () => void;
  title: string;
  hint: string;
  label: string;
  run: () => Promise<unknown>;
}

export function ConfirmDialog({ opened, close, title, hint, label, run }: ConfirmProps) {
  const t = useT();
  const task = useMutation({ mutationFn: run, onSuccess: close });
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": t.app.close }}>
      <p>{hint}</p>
      {task.error && (
        <p className="form-error" role="alert">
          {explain(t, task.error)}
        </p>
      )}
      <div className="form-buttons">
        <Button variant="default" size="sm" onClick={close} data-autofocus>
          {t.common.cancel}
        </Button>
        <Button color="red.8" size="sm" loading={task.isPending} onClick={() => task.mutate()}>
          {label}
        </Button>
      </div>
    </Modal>
  );
}
