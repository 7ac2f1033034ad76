/** Requests to the one origin: JSON out, JSON in, problems (RFC 9457) as `ApiError`, one try to renew the session after a 401. */

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  retry_after?: number;
}

/** What went wrong, in words for a person; `code` is what programs branch on. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly requestId: string | null;

  constructor(problem: Problem, requestId: string | null) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.requestId = requestId;
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestOptions {
  body?: unknown;
  /** Repeats with one key are one. */
  idempotencyKey?: string;
  signal?: AbortSignal | undefined;
  accept?: string;
}

const REFRESH = "/auth/refresh";
let refreshing: Promise<boolean> | null = null;
let onSignedOut: () => void = () => {};

/** Who is called when the session is over and cannot be renewed. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export async function requestText(path: string, accept: string, signal?: AbortSignal): Promise<string> {
  return (await send("GET", path, { accept, signal })).text();
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  let response = await once(method, path, options);
  if (response.status === 401 && !path.startsWith("/auth/")) {
    if (await refresh()) response = await once(method, path, options);
    if (response.status === 401) onSignedOut();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function once(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError({ title: "", status: 0, detail: "", code: "unreachable" }, null);
  }
}

/** Many requests that meet a 401 at once share one renewal: refresh tokens rotate, and a second use would end the session. */
function refresh(): Promise<boolean> {
  // Without a body: it would have to name the token, which only the browser has, in a cookie.
  refreshing ??= once("POST", REFRESH, {})
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Reads a problem; what is none still becomes one. */
export async function problemOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id");
  const text = await response.text().catch(() => "");
  const parsed = parse(text);
  const problem: Problem = {
    title: word(parsed["title"]) ?? response.statusText,
    status: response.status,
    detail: word(parsed["detail"]) ?? word(parsed["title"]) ?? text.slice(0, 200),
    code: word(parsed["code"]) ?? "unknown",
  };
  return new ApiError(problem, requestId ?? word(parsed["request_id"]));
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function word(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** `?a=1&b=2` of what is set. */
export function query(params: Record<string, string | number | boolean | null | undefined>): string {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (entries.length === 0) return "";
  return `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()}`;
}

/** For `Idempotency-Key`. Not `randomUUID`, which browsers keep from pages over plain HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface Page<T> {
  items: T[];
  next: string | null;
}
