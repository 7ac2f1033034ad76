/** The live stream in the cache: lists, counts and open incidents change as the server tells. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { me } from "../api/identity";
import { type IncidentFilters, type IncidentSummary, type IncidentView, LIVE, type LiveFrame } from "../api/incidents";
import { type StepResult, isOpen } from "../api/tasks";
import { keys } from "../lib/keys";
import { type Pages, addStep, applyToPages } from "./reducer";
import { type Live, type LiveState, connect } from "./socket";

interface LiveContext {
  state: LiveState;
  retryNow: () => void;
  /** Incidents that have arrived since one began to look, the latest last; for announcements. */
  arrived: readonly IncidentSummary[];
}

const Context = createContext<LiveContext>({ state: { kind: "connecting" }, retryNow: () => {}, arrived: [] });

export const useLive = (): LiveContext => useContext(Context);

/** Counts are asked for again at most this often, whatever comes. */
const STATS_EVERY_MS = 1500;

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>({ kind: "connecting" });
  const [arrived, setArrived] = useState<readonly IncidentSummary[]>([]);
  const live = useRef<Live | null>(null);

  useEffect(() => {
    let stats = 0;
    const since = Date.now();
    const seen = new Set<string>();
    const connection = connect(LIVE, {
      state: setState,
      ready: async () => void (await me()),
      reset: () => void client.invalidateQueries(),
      frames: (frames) => {
        const changed = apply(client, frames);
        const fresh = changed.filter((incident) => Date.parse(incident.created_at) > since - 60_000 && !seen.has(incident.task_id));
        for (const incident of fresh) seen.add(incident.task_id);
        if (fresh.length > 0) setArrived(fresh);
        stats ||= window.setTimeout(() => {
          stats = 0;
          void client.invalidateQueries({ queryKey: keys.stats });
          void client.invalidateQueries({ queryKey: keys.queue });
        }, STATS_EVERY_MS);
      },
    });
    live.current = connection;
    return () => {
      window.clearTimeout(stats);
      connection.close();
    };
  }, [client]);

  const retryNow = useCallback(() => live.current?.retryNow(), []);
  const value = useMemo(() => ({ state, retryNow, arrived }), [state, retryNow, arrived]);
  return <Context value={value}>{children}</Context>;
}

/** Puts frames into the cache; the incidents that were told of come back, each once. */
export function apply(client: QueryClient, frames: readonly LiveFrame[]): IncidentSummary[] {
  const changed = new Map<string, IncidentSummary>();
  for (const frame of frames) if (frame.type === "incident") changed.set(frame.summary.task_id, frame.summary);
  const incidents = [...changed.values()];
  // First, as one that is done once more loses the steps of before.
  if (incidents.length > 0) remember(client, incidents);
  for (const frame of frames) {
    if (frame.type !== "step") continue;
    client.setQueryData<StepResult[]>(keys.steps(frame.task_id), (steps) => addStep(steps ?? [], frame.step));
  }
  return incidents;
}

/** New summaries into every list and every open incident. */
export function remember(client: QueryClient, incidents: readonly IncidentSummary[]): void {
  for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: keys.lists })) {
    if (pages) client.setQueryData(key, applyToPages(pages, key[2] as IncidentFilters, incidents));
  }
  for (const summary of incidents) {
    const key = keys.incident(summary.task_id);
    const view = client.getQueryData<IncidentView>(key);
    if (!view) continue;
    client.setQueryData<IncidentView>(key, { ...view, summary });
    if (!isOpen(view.task.status) && isOpen(summary.status)) client.setQueryData(keys.steps(summary.task_id), []);
    void client.invalidateQueries({ queryKey: key });
  }
}
