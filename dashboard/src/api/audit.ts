/** Audit: `platform/contracts/src/audit.rs`. */
import { query, request } from "./http";

export interface AuditEvent {
  seq: number;
  message_id: string;
  action: string;
  project_id: string;
  subject: string;
  trace_id: string;
  payload_hash: string;
  recorded_at: string;
  previous_hash: string;
  hash: string;
}

export interface ChainStatus {
  intact: boolean;
  links: number;
  broken_at: number | null;
  head: string;
}

export const AUDIT_PAGE = 200;

export const listAudit = (subject: string, after: number, signal?: AbortSignal) =>
  request<AuditEvent[]>("GET", `/api/audit/v1/audit${query({ subject, after, limit: AUDIT_PAGE })}`, { signal });

export const verifyChain = () => request<ChainStatus>("GET", "/api/audit/v1/audit/verify");
