/** Tasks, their events, steps and diagnoses: `platform/contracts/src/{tasks,events,execution,reasoning}.rs`. */
import { type Page, query, request, requestText } from "./http";

export type TaskStatus = "pending" | "scheduled" | "running" | "completed" | "failed" | "timeout" | "cancelled";
export type Severity = "critical" | "high" | "medium" | "low";

export interface StandardEvent {
  id: string;
  type: "alert" | "event" | "manual";
  source: string;
  timestamp: string;
  cluster_id: string;
  namespace: string;
  severity: Severity;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  fingerprint: string;
  raw_data: unknown;
}

export interface Verdict {
  verdict: "allow" | "deny";
  reason: string;
  checks_passed: string[];
}

export interface StepResult {
  step_id: string;
  command: string;
  argv: string[];
  verdict: Verdict;
  status: "success" | "failed" | "timeout";
  output: string;
  output_hash: string;
  truncated: boolean;
  error: string;
  exit_code: number;
  duration_ms: number;
  timestamp: string;
}

export interface ObjectRef {
  kind: string;
  namespace?: string;
  name: string;
}

export interface Evidence {
  output_hash: string;
  command: string;
  excerpt: string;
  /** From 1. */
  line: number;
  shows: string;
}

export interface Finding {
  rule: string;
  taxonomy: string;
  object: ObjectRef;
  summary: string;
  remedy: string;
  confidence: number;
  evidence: Evidence[];
}

export interface Diagnosis {
  root_cause: Finding | null;
  other_findings: Finding[];
  strategy: string;
  gaps: string[];
}

export interface TaskResult {
  diagnosis: Diagnosis;
  steps: StepResult[];
}

export interface DiagnosticTask {
  id: string;
  event_id: string;
  project_id: string;
  cluster_id: string;
  namespace: string;
  alert_name: string;
  severity: Severity;
  priority: number;
  status: TaskStatus;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  timeout_at: string | null;
  retry_count: number;
  context: StandardEvent;
  result: TaskResult | null;
  error_message: string | null;
  trace_id: string;
}

export interface QueueStatus {
  pending: number;
  scheduled: number;
  running: number;
  workers: number;
  oldest_pending: string | null;
}

export const isOpen = (status: TaskStatus): boolean => status === "pending" || status === "scheduled" || status === "running";

export const queueStatus = (signal?: AbortSignal) =>
  request<QueueStatus>("GET", "/api/orchestrator/v1/queue/status", { signal });

export const listTasks = (status: TaskStatus, after: string, signal?: AbortSignal) =>
  request<Page<DiagnosticTask>>("GET", `/api/orchestrator/v1/tasks${query({ status, limit: 50, after })}`, { signal });

/** A step's output as it was kept, under its hash. */
export const output = (hash: string, signal?: AbortSignal) =>
  requestText(`/api/execution/v1/outputs/${encodeURIComponent(hash)}`, "text/plain", signal);
