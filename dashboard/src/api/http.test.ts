import { afterEach, expect, test, vi } from "vitest";
import { ApiError, query, request, whenSignedOut } from "./http";

const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers });

/** Answers by path, in order; the last one again and again. */
function server(answers: Record<string, (() => Response)[]>) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push([init.method, path, init.body].filter((part) => part !== undefined).join(" "));
    const left = answers[path] ?? [];
    const next = left.length > 1 ? left.shift() : left[0];
    if (!next) throw new TypeError("no network");
    return next();
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("a session that has ended is renewed once, for all that wait together", async () => {
  const asked = server({ "/a": [() => answer(401), () => answer(200, { a: 1 })], "/b": [() => answer(401), () => answer(200, { b: 1 })], "/auth/refresh": [() => answer(200)] });
  expect(await Promise.all([request("GET", "/a"), request("GET", "/b")])).toEqual([{ a: 1 }, { b: 1 }]);
  // Without a body, which would have to name the token.
  expect(asked.filter((one) => one.includes("refresh"))).toEqual(["POST /auth/refresh"]);
});

test("one that cannot be renewed leads to signing in", async () => {
  const signedOut = vi.fn();
  whenSignedOut(signedOut);
  server({ "/a": [() => answer(401, { code: "unauthenticated", detail: "send a token" })], "/auth/refresh": [() => answer(401)] });
  await expect(request("GET", "/a")).rejects.toMatchObject({ status: 401, code: "unauthenticated" });
  expect(signedOut).toHaveBeenCalledOnce();
});

test("wrong credentials are no reason to renew", async () => {
  const asked = server({ "/auth/login": [() => answer(401)] });
  await expect(request("POST", "/auth/login", { body: {} })).rejects.toBeInstanceOf(ApiError);
  expect(asked).toEqual(["POST /auth/login {}"]);
});

test("a problem keeps its words and the id of its request", async () => {
  server({ "/a": [() => answer(503, { title: "Not now", detail: "the disk is full", code: "disk_full" }, { "x-request-id": "r1" })] });
  await expect(request("GET", "/a")).rejects.toMatchObject({ message: "the disk is full", code: "disk_full", requestId: "r1" });
});

test("what is no problem becomes one, and no network too", async () => {
  server({ "/a": [() => new Response("<html>bad gateway", { status: 502 })] });
  await expect(request("GET", "/a")).rejects.toMatchObject({ status: 502, code: "unknown" });
  await expect(request("GET", "/nowhere")).rejects.toMatchObject({ status: 0, code: "unreachable" });
});

test("queries have only what is set", () => {
  expect(query({ a: "1", b: "", c: undefined, d: null, e: false })).toBe("?a=1&e=false");
  expect(query({})).toBe("");
});
