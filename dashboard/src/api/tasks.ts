/** Tasks, their events, steps and diagnoses: `platform/contracts/src/{tasks,events,execution,reasoning}.rs`. */
import { type Page, query, request, requestText } from "./http";
import type { Schemas } from "./schemas";

export type TaskStatus = Schemas["TaskStatus"];
export type Severity = Schemas["Severity"];

export type StandardEvent = Schemas["StandardEvent"];

export type Verdict = Schemas["Verdict"];

export type StepResult = Schemas["StepResult"];

export type ObjectRef = Schemas["ObjectRef"];

export type Evidence = Schemas["Evidence"];

export type Finding = Schemas["Finding"];

export type Diagnosis = Schemas["Diagnosis"];

export type TaskResult = Schemas["TaskResult"];

export type DiagnosticTask = Schemas["DiagnosticTask"];

export type QueueStatus = Schemas["QueueStatus"];

export const isOpen = (status: TaskStatus): boolean => status === "pending" || status === "scheduled" || status === "running";

export const queueStatus = (signal?: AbortSignal) =>
  request<QueueStatus>("GET", "/api/orchestrator/v1/queue/status", { signal });

export const listTasks = (status: TaskStatus, after: string, signal?: AbortSignal) =>
  request<Page<DiagnosticTask>>("GET", `/api/orchestrator/v1/tasks${query({ status, limit: 50, after })}`, { signal });

/** A step's output as it was kept, under its hash. */
export const output = (hash: string, signal?: AbortSignal) =>
  requestText(`/api/execution/v1/outputs/${encodeURIComponent(hash)}`, "text/plain", signal);
