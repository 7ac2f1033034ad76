/** Incidents: `services/api/src/incident.rs` and what people do with them. */
import { type Page, newKey, query, request } from "./http";
import type { StepResult } from "./tasks";
import type { Schemas } from "./schemas";

/** What a side service had to say. */
export type Part<T> = { state: "available"; value: T } | { state: "absent" } | { state: "unavailable"; reason: string };

export type IncidentSummary = Schemas["IncidentSummary"];

export type Comment = Schemas["Comment"];

export type Activity = Schemas["Activity"];

export type IncidentView = Schemas["IncidentView"];

export type Stats = Schemas["TaskStats"];

export interface IncidentFilters {
  status?: string;
  severity?: string;
  namespace?: string;
  q?: string;
  assignee?: string;
  acknowledged?: string;
}

/** A position in the log; given back as it came. */
export type Cursor = number | string;

/** A frame of `GET /v1/live`. A step's output is not in it: it is asked for by its hash. */
export type LiveFrame =
  | { type: "hello" | "ping" | "reset"; cursor: Cursor }
  | { type: "incident"; cursor: Cursor; summary: IncidentSummary }
  | { type: "step"; cursor: Cursor; task_id: string; step: StepResult };

const BASE = "/api/api/v1/incidents";
const of = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

export const PAGE_SIZE = 100;
export const LIVE = "/api/api/v1/live";

export const listIncidents = (filters: IncidentFilters, after: string, signal?: AbortSignal) =>
  request<Page<IncidentSummary>>("GET", `${BASE}${query({ ...filters, limit: PAGE_SIZE, after })}`, { signal });

export const stats = (signal?: AbortSignal) => request<Stats>("GET", `${BASE}/stats`, { signal });

export const getIncident = (id: string, signal?: AbortSignal) => request<IncidentView>("GET", of(id), { signal });

/** What a person does with an incident; each answers with its new summary. */
export type Action =
  | { kind: "acknowledge" }
  | { kind: "unacknowledge" }
  | { kind: "assign"; assignee: string | null }
  | { kind: "comment"; text: string }
  | { kind: "silence"; minutes: number; reason: string }
  | { kind: "unsilence" }
  | { kind: "feedback"; verdict: "right" | "wrong"; cause?: string; note?: string }
  | { kind: "retry" }
  | { kind: "cancel" };

export function act(id: string, action: Action): Promise<IncidentSummary> {
  const idempotencyKey = newKey();
  const post = (path: string, body: unknown = {}) => request<IncidentSummary>("POST", `${of(id)}${path}`, { body, idempotencyKey });
  const put = (path: string, body: unknown) => request<IncidentSummary>("PUT", `${of(id)}${path}`, { body, idempotencyKey });
  const remove = (path: string) => request<IncidentSummary>("DELETE", `${of(id)}${path}`, { idempotencyKey });
  switch (action.kind) {
    case "acknowledge":
      return post("/acknowledge");
    case "unacknowledge":
      return remove("/acknowledge");
    case "assign":
      return put("/assignee", { assignee: action.assignee });
    case "comment":
      return post("/comments", { text: action.text });
    case "silence":
      return post("/silence", { minutes: action.minutes, reason: action.reason });
    case "unsilence":
      return remove("/silence");
    case "feedback":
      return put("/feedback", { verdict: action.verdict, cause: action.cause, note: action.note });
    case "retry":
      return post("/retry");
    case "cancel":
      return post("/cancel");
  }
}
