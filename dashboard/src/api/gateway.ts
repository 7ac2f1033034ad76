/** The gateway now: what agw's admin socket says, through the API (`gateway/data-plane/src/admin/status.rs`). */
import { request } from "./http";
import type { Schemas } from "./schemas";

export type GatewayRoute = Schemas["GatewayRoute"];

export type GatewayEndpoint = Schemas["GatewayEndpoint"];

export type GatewayCluster = Schemas["GatewayCluster"];

export type GatewayTraffic = Schemas["GatewayTraffic"];

export type GatewayStatus = Schemas["GatewayView"];

export const gateway = (signal?: AbortSignal) => request<GatewayStatus>("GET", "/api/api/v1/gateway", { signal });
