/** The filters of the list, as they stand in the address and as the API takes them. Pure. */
import type { IncidentFilters, IncidentSummary } from "../api/incidents";
import { type ObjectRef, isOpen } from "../api/tasks";

export type View = "all" | "unacknowledged" | "mine" | "running" | "failed";
export const VIEWS: readonly View[] = ["all", "unacknowledged", "mine", "running", "failed"];

export interface Filters {
  view: View;
  severity: string;
  status: string;
  namespace: string;
  q: string;
}

/** The API's word for all states that have not ended. */
const OPEN = "open";
const NAMES = ["severity", "status", "namespace", "q"] as const;

export function fromParams(params: URLSearchParams): Filters {
  const view = VIEWS.find((one) => one === params.get("view")) ?? "all";
  const [severity = "", status = "", namespace = "", q = ""] = NAMES.map((name) => params.get(name) ?? "");
  return { view, severity, status, namespace, q };
}

/** Only what differs from no filter, so that addresses stay short. */
export function toParams(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.view !== "all") params.set("view", filters.view);
  for (const name of NAMES) if (filters[name] !== "") params.set(name, filters[name]);
  return params;
}

export const isFiltered = (filters: Filters): boolean => toParams(filters).size > 0;

/** What the API is asked; `me` is the name of who is signed in. */
export function toQuery(filters: Filters, me: string): IncidentFilters {
  const query: IncidentFilters = {};
  for (const name of NAMES) if (filters[name] !== "") query[name] = filters[name];
  if (filters.view === "unacknowledged") query.acknowledged = "false";
  if (filters.view === "mine") query.assignee = me;
  if (filters.view === "running") query.status = OPEN;
  if (filters.view === "failed") query.status = "failed";
  return query;
}

/** Whether an incident that came live belongs into a list that was asked for with this query. */
export function matches(query: IncidentFilters, incident: IncidentSummary): boolean {
  if (query.status && !(query.status === OPEN ? isOpen(incident.status) : incident.status === query.status)) return false;
  if (query.severity && incident.severity !== query.severity) return false;
  if (query.namespace && incident.namespace !== query.namespace) return false;
  if (query.assignee && incident.assignee !== query.assignee) return false;
  if (query.acknowledged && String(incident.acknowledged_at !== null) !== query.acknowledged) return false;
  return !query.q || includes(incident, query.q);
}

function includes(incident: IncidentSummary, q: string): boolean {
  const text = [incident.alert_name, incident.title, incident.object];
  const words = text.filter(Boolean).join(" ").toLowerCase();
  return q.toLowerCase().split(/\s+/).every((word) => words.includes(word));
}

/** `deployment/cart`. */
export const objectName = (object: ObjectRef): string => `${object.kind}/${object.name}`;
