/** Notifications: `platform/contracts/src/notifications.rs`, and the channels they go to. */
import { request } from "./http";

export interface Notification {
  id: string;
  task_id: string;
  channel: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  error: string | null;
  created_at: string;
  delivered_at: string | null;
}

export interface Channel {
  name: string;
  kind: string;
  target: string;
  min_severity?: string | null;
}

export interface TestResult {
  delivered: boolean;
  detail: string;
}

const BASE = "/api/notifications/v1/channels";

export const listChannels = (signal?: AbortSignal) => request<{ items: Channel[] }>("GET", BASE, { signal });

export const testChannel = (name: string) => request<TestResult>("POST", `${BASE}/${encodeURIComponent(name)}/test`, { body: {} });
