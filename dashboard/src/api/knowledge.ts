/** Knowledge: `platform/contracts/src/knowledge.rs`. */
import { type Page, query, request } from "./http";

export interface KnowledgeEntry {
  id: string;
  title: string;
  content: string;
  category: string;
  tags: string[];
  confidence: number;
  usage_count: number;
  success_rate: number;
  created_at: string;
  updated_at: string;
  metadata: Record<string, string>;
}

export type KnowledgeDraft = Pick<KnowledgeEntry, "title" | "content" | "category" | "tags" | "confidence"> & Partial<KnowledgeEntry>;

export interface KnowledgeMatch {
  entry: KnowledgeEntry;
  score: number;
}

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
