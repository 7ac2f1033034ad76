/** Knowledge: `platform/contracts/src/knowledge.rs`. */
import { type Page, query, request } from "./http";
import type { Schemas } from "./schemas";

export type KnowledgeEntry = Schemas["KnowledgeEntry"];

export type KnowledgeDraft = Pick<KnowledgeEntry, "title" | "content" | "category" | "tags" | "confidence"> & Partial<KnowledgeEntry>;

export type KnowledgeMatch = Schemas["KnowledgeMatch"];

const BASE = "/api/knowledge/v1";
const of = (id: string) => `${BASE}/knowledge/${encodeURIComponent(id)}`;

export const listKnowledge = (after: string, signal?: AbortSignal) =>
  request<Page<KnowledgeEntry>>("GET", `${BASE}/knowledge${query({ limit: 50, after })}`, { signal });

/** Everything is ranked; what is least like the text comes last rather than not at all. */
export const searchKnowledge = (text: string, signal?: AbortSignal) =>
  request<KnowledgeMatch[]>("POST", `${BASE}/search`, { body: { text, top_k: 20, threshold: 0.1 }, signal });

export const addKnowledge = (draft: KnowledgeDraft) => request<KnowledgeEntry>("POST", `${BASE}/knowledge`, { body: draft });

export const replaceKnowledge = (id: string, draft: KnowledgeDraft) => request<KnowledgeEntry>("PUT", of(id), { body: draft });

export const removeKnowledge = (id: string) => request<undefined>("DELETE", of(id));
