/** Incidents for unit tests. */
import type { IncidentSummary } from "../src/api/incidents";
import type { StepResult } from "../src/api/tasks";

export function summary(part: Partial<IncidentSummary> = {}): IncidentSummary {
  return {
    task_id: "t1",
    status: "completed",
    severity: "critical",
    alert_name: "KubePodCrashLooping",
    cluster_id: "prod",
    namespace: "shop",
    title: "cart cannot reach redis",
    priority: 100,
    created_at: "2026-03-04T05:06:07Z",
    completed_at: "2026-03-04T05:06:10Z",
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
    acknowledged_by: null,
    acknowledged_at: null,
    assignee: null,
    silenced_until: null,
    feedback: null,
    repeats: 0,
    root_cause: null,
    object: null,
    ...part,
  };
}

export function step(part: Partial<StepResult> = {}): StepResult {
  return {
    step_id: "s1",
    command: "kubectl get pods",
    argv: ["kubectl", "get", "pods"],
    verdict: { verdict: "allow", reason: "it only reads", checks_passed: ["tool"] },
    status: "success",
    output: "a\nb\n",
    output_hash: "h1",
    truncated: false,
    error: "",
    exit_code: 0,
    duration_ms: 12,
    timestamp: "2026-03-04T05:06:08Z",
    ...part,
  };
}
