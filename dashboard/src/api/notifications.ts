/** Notifications: `platform/contracts/src/notifications.rs`, and the channels they go to. */
import { request } from "./http";
import type { Schemas } from "./schemas";

export type Notification = Schemas["Notification"];

export type Channel = Schemas["ChannelInfo"];

export type TestResult = Schemas["ChannelTest"];

const BASE = "/api/notifications/v1/channels";

export const listChannels = (signal?: AbortSignal) => request<{ items: Channel[] }>("GET", BASE, { signal });

export const testChannel = (name: string) => request<TestResult>("POST", `${BASE}/${encodeURIComponent(name)}/test`, { body: {} });
