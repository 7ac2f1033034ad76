/** What an incident is called. */
import type { IncidentSummary } from "../api/incidents";
import type { Dictionary } from "../i18n";

/** Diagnosed, and nothing was found to be wrong. */
export const isQuiet = (incident: IncidentSummary): boolean => incident.status === "completed" && incident.root_cause === null;

/** Over its own page, where its standing and what was found are told below. */
export const heading = (incident: IncidentSummary): string => (incident.title === null || isQuiet(incident) ? incident.alert_name : incident.title);

/** In a list. */
export function headline(t: Dictionary, incident: IncidentSummary): string {
  // The server's words for it are in one language only, and repeat what stands below.
  if (incident.title && !isQuiet(incident)) return incident.title;
  if (incident.status === "running") return t.incidents.diagnosing;
  if (incident.status === "completed") return t.incidents.noFault;
  if (incident.status === "pending" || incident.status === "scheduled") return t.incidents.waiting;
  return t.status[incident.status];
}
