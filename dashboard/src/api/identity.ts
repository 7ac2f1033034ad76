/** Who one is, and who else there is: `services/identity`. */
import { type Page, request } from "./http";
import type { Schemas } from "./schemas";

export type Role = Schemas["Role"];
export const ROLES: readonly Role[] = ["viewer", "operator", "admin"];
/** `webhook` is for programs that send alerts. */
export const KEY_ROLES: readonly Role[] = ["webhook", ...ROLES];

export type Me = Schemas["Me"];

export type Session = Schemas["SignedIn"];

export type User = Schemas["User"];

export type ApiKey = Schemas["ApiKey"];

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
