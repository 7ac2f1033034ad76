/** Who one is, and who else there is: `services/identity`. */
import { type Page, request } from "./http";

export type Role = "viewer" | "operator" | "admin" | "webhook";
export const ROLES: readonly Role[] = ["viewer", "operator", "admin"];
/** `webhook` is for programs that send alerts. */
export const KEY_ROLES: readonly Role[] = ["webhook", ...ROLES];

export interface Me {
  name: string;
  display_name: string;
  project: string;
  roles: Role[];
  kind: "user" | "key";
}

export interface Session {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  user: Me;
}

export interface User {
  name: string;
  display_name: string;
  project: string;
  roles: Role[];
  disabled: boolean;
  created_at: string;
  last_seen_at: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  roles: Role[];
  project: string;
  created_by: string;
  created_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
  prefix: string;
}

export type Credentials = { username: string; password: string } | { token: string };

const BASE = "/api/identity/v1";
const user = (name: string) => `${BASE}/users/${encodeURIComponent(name)}`;

export const login = (credentials: Credentials) => request<Session>("POST", "/auth/login", { body: credentials });

export const logout = () => request<undefined>("POST", "/auth/logout", { body: {} });

export const me = (signal?: AbortSignal) => request<Me>("GET", `${BASE}/me`, { signal });

export const changeMyPassword = (old: string, next: string) =>
  request<undefined>("POST", `${BASE}/me/password`, { body: { old, new: next } });

export const listUsers = (signal?: AbortSignal) => request<Page<User>>("GET", `${BASE}/users`, { signal });

export const addUser = (draft: { name: string; display_name: string; password: string; roles: Role[] }) =>
  request<User>("POST", `${BASE}/users`, { body: draft });

export const changeUser = (name: string, change: Partial<Pick<User, "display_name" | "roles" | "disabled">> & { password?: string }) =>
  request<User>("PATCH", user(name), { body: change });

export const removeUser = (name: string) => request<undefined>("DELETE", user(name));

export const listKeys = (signal?: AbortSignal) => request<Page<ApiKey>>("GET", `${BASE}/keys`, { signal });

export const addKey = (draft: { name: string; roles: Role[] }) => request<ApiKey & { key: string }>("POST", `${BASE}/keys`, { body: draft });

export const revokeKey = (id: string) => request<undefined>("DELETE", `${BASE}/keys/${encodeURIComponent(id)}`);
