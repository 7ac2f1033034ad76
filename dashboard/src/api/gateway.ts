/** The gateway now: what agw's admin socket says, through the API (`gateway/data-plane/src/admin/status.rs`). */
import { request } from "./http";

export interface GatewayRoute {
  name: string;
  hosts?: string[];
  path: string;
  methods?: string[];
  cluster: string;
  auth_required?: boolean;
}

export interface GatewayEndpoint {
  target?: string;
  address?: string;
  healthy?: boolean;
  health?: string;
  in_flight?: number;
  connections?: number;
  latency_ms?: number | null;
  weight?: number;
}

export interface GatewayCluster {
  name: string;
  breaker?: string | null;
  endpoints: GatewayEndpoint[];
}

export interface GatewayTraffic {
  requests_per_s: number;
  errors_per_s: number;
  /** Refused, 400 to 499. */
  refusals_per_s?: number;
  mean_ms?: number | null;
  connections?: number | null;
}

export interface GatewayStatus {
  state?: "available" | "unavailable";
  /** Why nothing is known. */
  reason?: string | null;
  version: string | null;
  uptime_s?: number | null;
  listeners: { address: string; tls?: boolean }[];
  routes: GatewayRoute[];
  clusters: GatewayCluster[];
  traffic: GatewayTraffic | null;
}

export const gateway = (signal?: AbortSignal) => request<GatewayStatus>("GET", "/api/api/v1/gateway", { signal });

export const isHealthy = (endpoint: GatewayEndpoint): boolean => endpoint.healthy ?? endpoint.health === "healthy";

export const addressOf = (endpoint: GatewayEndpoint): string => endpoint.target ?? endpoint.address ?? "";
