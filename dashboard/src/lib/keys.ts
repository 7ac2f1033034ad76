/** The names under which answers are cached. */
import type { IncidentFilters } from "../api/incidents";

export const keys = {
  me: ["me"] as const,
  lists: ["incidents", "list"] as const,
  list: (query: IncidentFilters) => ["incidents", "list", query] as const,
  stats: ["incidents", "stats"] as const,
  incident: (id: string) => ["incidents", "one", id] as const,
  steps: (id: string) => ["incidents", "steps", id] as const,
  output: (hash: string) => ["output", hash] as const,
  report: (id: string) => ["report", id] as const,
  queue: ["queue"] as const,
  demo: ["demo"] as const,
  knowledge: (text: string) => ["knowledge", text] as const,
  gateway: ["gateway"] as const,
  audit: (subject: string) => ["audit", subject] as const,
  chain: ["chain"] as const,
  users: ["users"] as const,
  keys: ["keys"] as const,
  channels: ["channels"] as const,
};
