/** The demo: recorded incidents, replayed. */
import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { demoStatus, startDemo, stopDemo } from "../api/demo";
import { useT } from "../i18n";
import { keys } from "../lib/keys";
import { useSession } from "../lib/session";
import { Icon } from "./icons";
import { useToast } from "./toast";

const SPEEDS = [1, 5, 20, 60];

const useDemo = () =>
  useQuery({
    queryKey: keys.demo,
    queryFn: ({ signal }) => demoStatus(signal),
    refetchInterval: (query) => (query.state.data?.running ? 2000 : false),
    retry: false,
  });

export function StartDemo() {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const [speed, setSpeed] = useState(SPEEDS[1] ?? 1);
  const demo = useDemo().data;
  const start = useMutation({
    mutationFn: () => startDemo(speed),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.demo }),
    onError: toast.failed,
  });
  if (demo?.enabled === false || demo?.running) return null;
  return (
    <div className="start-demo">
      <div className="start-demo-row">
        <Button size="sm" leftSection={<Icon name="play" />} loading={start.isPending} onClick={() => start.mutate()}>
          {t.empty.demo}
        </Button>
        <NativeSelect size="sm" aria-label={t.empty.speed} value={String(speed)} onChange={(event) => setSpeed(Number(event.currentTarget.value))} data={SPEEDS.map((one) => ({ value: String(one), label: `${one}×` }))} />
      </div>
      <p className="muted small">{t.empty.demoHint}</p>
    </div>
  );
}

/** While it runs: how far it is, and the way to stop it. */
export function DemoBar() {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const { canAct } = useSession();
  const demo = useDemo().data;
  const stop = useMutation({
    mutationFn: stopDemo,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.demo }),
    onError: toast.failed,
  });
  if (!demo?.running) return null;
  const done = demo.total > 0 ? demo.sent / demo.total : 0;
  return (
    <div className="demo-bar">
      <Icon name="play" size={14} />
      <span>{t.empty.demoRunning(demo.sent, demo.total)}</span>
      <progress value={done} max={1} aria-label={t.empty.demoRunning(demo.sent, demo.total)} />
      {canAct && (
        <Button size="compact-xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
          {t.empty.demoStop}
        </Button>
      )}
    </div>
  );
}
