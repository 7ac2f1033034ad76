/** Recorded incidents, replayed through the running system. */
import { request } from "./http";
import type { Schemas } from "./schemas";

export type DemoStatus = Schemas["DemoStatus"];

const DEMO = "/api/api/v1/demo";

export const demoStatus = (signal?: AbortSignal) => request<DemoStatus>("GET", DEMO, { signal });

export const startDemo = (speed: number) => request<DemoStatus>("POST", DEMO, { body: { speed } });

export const stopDemo = () => request<DemoStatus | undefined>("DELETE", DEMO);
