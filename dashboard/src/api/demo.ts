/** Recorded incidents, replayed through the running system. */
import { request } from "./http";

export interface DemoStatus {
  /** Whether it may be started here; absent: it may. */
  enabled?: boolean;
  running: boolean;
  sent: number;
  total: number;
}

const DEMO = "/api/api/v1/demo";

export const demoStatus = (signal?: AbortSignal) => request<DemoStatus>("GET", DEMO, { signal });

export const startDemo = (speed: number) => request<DemoStatus>("POST", DEMO, { body: { speed } });

export const stopDemo = () => request<DemoStatus | undefined>("DELETE", DEMO);
