/** What frames of the live stream do to what is cached. Pure: old pages in, new pages out, untouched ones the same objects. */
import type { IncidentFilters, IncidentSummary } from "../api/incidents";
import type { Page } from "../api/http";
import type { StepResult } from "../api/tasks";
import { matches } from "../lib/filters";

export interface Pages {
  pages: Page<IncidentSummary>[];
  pageParams: unknown[];
}

/** Puts changed incidents into a list, newest first; those that no longer match leave it. */
export function applyToPages(pages: Pages, query: IncidentFilters, changed: readonly IncidentSummary[]): Pages {
  const pending = new Map(changed.map((incident) => [incident.task_id, incident]));
  let touched = false;
  const next = pages.pages.map((page) => {
    let same = true;
    const items: IncidentSummary[] = [];
    for (const item of page.items) {
      const fresh = pending.get(item.task_id);
      pending.delete(item.task_id);
      if (fresh === undefined) {
        items.push(item);
        continue;
      }
      same = false;
      if (matches(query, fresh)) items.push(fresh);
    }
    touched ||= !same;
    return same ? page : { ...page, items };
  });
  const arrived = [...pending.values()].filter((incident) => matches(query, incident));
  if (arrived.length === 0) return touched ? { ...pages, pages: next } : pages;
  return { ...pages, pages: insert(next, arrived) };
}

/** Those older than all that is loaded wait for their page, unless all pages are loaded. */
function insert(pages: Page<IncidentSummary>[], arrived: IncidentSummary[]): Page<IncidentSummary>[] {
  const next = pages.map((page) => ({ ...page, items: [...page.items] }));
  for (const incident of arrived) {
    const at = next.findIndex((page) => page.items.some((item) => isNewer(incident, item)));
    const page = next[at];
    if (page) {
      page.items.splice(page.items.findIndex((item) => isNewer(incident, item)), 0, incident);
      continue;
    }
    const last = next.at(-1);
    if (last && last.next === null) last.items.push(incident);
  }
  return next;
}

function isNewer(one: IncidentSummary, other: IncidentSummary): boolean {
  const [a, b] = [Date.parse(one.created_at), Date.parse(other.created_at)];
  return a === b ? one.task_id > other.task_id : a > b;
}

/** Adds a step that ended; one that is told twice is one. */
export function addStep(steps: readonly StepResult[], step: StepResult): StepResult[] {
  const at = steps.findIndex((known) => known.step_id === step.step_id && known.timestamp === step.timestamp);
  if (at === -1) return [...steps, step];
  return steps.map((known, index) => (index === at ? { ...step, output: step.output || known.output } : known));
}

/** Steps of the result, and those told live that are not in it yet. */
export function joinSteps(kept: readonly StepResult[], live: readonly StepResult[]): StepResult[] {
  const known = new Set(kept.map((step) => step.step_id));
  return [...kept, ...live.filter((step) => !known.has(step.step_id))];
}

/** The wait before the n-th try to connect again: 0.5 s doubled up to 15 s, and up to a fifth less so that not all come at once. */
export function backoffMs(attempt: number, random: number): number {
  const wait = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(wait * (1 - random * 0.2));
}
