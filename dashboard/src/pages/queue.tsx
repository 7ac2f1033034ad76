/** What waits and what is worked on. */
import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import { request } from "../api/http";
import { type DiagnosticTask, type QueueStatus, listTasks, queueStatus } from "../api/tasks";
import { Age, PageTitle, Section, Severity, Status } from "../components/bits";
import { Empty, Failure, Loaded, Loading } from "../components/states";
import { useToast } from "../components/toast";
import { useLanguage, useT } from "../i18n";
import { keys } from "../lib/keys";
import { useSession } from "../lib/session";
import { number } from "../lib/time";
import { useTitle } from "../lib/title";

const REFRESH_MS = 5000;
const WAITING = ["running", "pending", "scheduled"] as const;

export default function Queue() {
  const t = useT();
  useTitle(t.queue.title);
  const status = useQuery({ queryKey: keys.queue, queryFn: ({ signal }) => queueStatus(signal), refetchInterval: REFRESH_MS });
  return (
    <>
      <PageTitle title={t.queue.title} />
      <Loaded query={status} rows={1} height={84}>
        {(queue) => <Counts queue={queue} />}
      </Loaded>
      <Section title={t.queue.tasks}>
        <Tasks />
      </Section>
    </>
  );
}

function Counts({ queue }: { queue: QueueStatus }) {
  const { t, language } = useLanguage();
  const share = queue.workers > 0 ? Math.min(1, queue.running / queue.workers) : 0;
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>{t.queue.running}</dt>
        <dd>
          <span className="number big">{queue.running}</span>
          <progress value={share} max={1} aria-label={t.queue.busy(queue.running, queue.workers)} />
          <span className="muted small">{t.queue.busy(queue.running, queue.workers)}</span>
        </dd>
      </div>
      <div className="tile">
        <dt>{t.queue.pending}</dt>
        <dd>
          <span className="number big">{number(queue.pending, language)}</span>
        </dd>
      </div>
      <div className="tile">
        <dt>{t.queue.scheduled}</dt>
        <dd>
          <span className="number big">{number(queue.scheduled, language)}</span>
        </dd>
      </div>
      <div className="tile">
        <dt>{t.queue.oldest}</dt>
        <dd>
          <span className="number big">{queue.oldest_pending ? <Age at={queue.oldest_pending} /> : "–"}</span>
        </dd>
      </div>
    </dl>
  );
}

function Tasks() {
  const t = useT();
  // Running ones first, then those that wait, then those that wait for their retry: one list in three parts.
  const tasks = useInfiniteQuery({
    queryKey: [...keys.queue, "tasks"],
    queryFn: ({ pageParam, signal }) => listTasks(pageParam.status, pageParam.after, signal),
    initialPageParam: { status: WAITING[0] as (typeof WAITING)[number], after: "" },
    getNextPageParam: (last, _, { status }) => {
      if (last.next) return { status, after: last.next };
      const next = WAITING[WAITING.indexOf(status) + 1];
      return next && { status: next, after: "" };
    },
    refetchInterval: REFRESH_MS,
  });
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  const short = tasks.hasNextPage && items.length < 20 && !tasks.isFetching;
  useEffect(() => {
    if (short) void tasks.fetchNextPage();
  });
  if (tasks.isPending) return <Loading rows={4} />;
  if (tasks.isError && items.length === 0) return <Failure error={tasks.error} retry={() => void tasks.refetch()} />;
  if (items.length === 0) return tasks.hasNextPage ? <Loading rows={4} /> : <Empty icon="queue" title={t.queue.empty} hint={t.queue.emptyHint} />;
  return (
    <>
      <ul className="cards">
        {items.map((task) => (
          <Task key={task.id} task={task} />
        ))}
      </ul>
      {tasks.hasNextPage && (
        <Button variant="default" loading={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
          {t.common.more}
        </Button>
      )}
    </>
  );
}

function Task({ task }: { task: DiagnosticTask }) {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const { canAct } = useSession();
  const cancel = useMutation({
    mutationFn: () => request("POST", `/api/api/v1/incidents/${encodeURIComponent(task.id)}/cancel`, { body: {} }),
    onSuccess: () => {
      toast.done(t.action.done.cancel);
      return client.invalidateQueries({ queryKey: keys.queue });
    },
    onError: toast.failed,
  });
  return (
    <li className="card task">
      <Severity severity={task.severity} />
      <Link to={`/incidents/${task.id}`}>{task.alert_name}</Link>
      <span className="muted">
        {task.cluster_id} / {task.namespace || t.incidents.wholeCluster}
      </span>
      <Status status={task.status} />
      <span className="muted small">
        {t.queue.priority} <span className="number">{task.priority}</span>
        {task.retry_count > 0 && (
          <>
            {" · "}
            {t.queue.retries} <span className="number">{task.retry_count}</span>
          </>
        )}
      </span>
      <Age at={task.created_at} />
      {canAct && (
        <Button variant="default" size="compact-xs" aria-label={`${t.action.cancel}: ${task.alert_name}`} loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {t.action.cancel}
        </Button>
      )}
    </li>
  );
}
