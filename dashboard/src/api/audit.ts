/** Audit: `platform/contracts/src/audit.rs`. */
import { query, request } from "./http";
import type { Schemas } from "./schemas";

export type AuditEvent = Schemas["AuditEvent"];

export type ChainStatus = Schemas["ChainStatus"];

export const AUDIT_PAGE = 200;

export const listAudit = (subject: string, after: number, signal?: AbortSignal) =>
  request<AuditEvent[]>("GET", `/api/audit/v1/audit${query({ subject, after, limit: AUDIT_PAGE })}`, { signal });

export const verifyChain = () => request<ChainStatus>("GET", "/api/audit/v1/audit/verify");
