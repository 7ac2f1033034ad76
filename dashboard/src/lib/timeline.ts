/** One line of time out of what the task, its steps and people tell. Pure. */
import type { IncidentView } from "../api/incidents";
import type { StepResult } from "../api/tasks";

export type Moment =
  | { at: string; kind: "created" | "started" | "ended" }
  | { at: string; kind: "step"; step: StepResult }
  | { at: string; kind: "activity"; actor: string; action: string; detail: string | null };

export function moments(view: IncidentView, steps: readonly StepResult[]): Moment[] {
  const { task } = view;
  const all: Moment[] = [{ at: task.created_at, kind: "created" }];
  if (task.started_at) all.push({ at: task.started_at, kind: "started" });
  for (const step of steps) all.push({ at: step.timestamp, kind: "step", step });
  if (task.completed_at) all.push({ at: task.completed_at, kind: "ended" });
  for (const { at, actor, action, detail } of view.activity) all.push({ at, kind: "activity", actor, action, detail });
  // Stable: what happened at once stays in the order above.
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
