import { expect, test } from "vitest";
import { safeNext, sessionOf } from "./session";

const me = (roles: ("viewer" | "operator" | "admin")[]) => ({ name: "mira", display_name: "", project: "default", roles, kind: "user" as const });

test("roles include the lesser ones", () => {
  expect([sessionOf(me(["viewer"])).canAct, sessionOf(me(["operator"])).canAct, sessionOf(me(["admin"])).canAct]).toEqual([false, true, true]);
  expect([sessionOf(me(["operator"])).canAdmin, sessionOf(me(["admin"])).canAdmin]).toEqual([false, true]);
});

test("after signing in one goes to our own pages only", () => {
  expect(safeNext("/incidents/t1?tab=report")).toBe("/incidents/t1?tab=report");
  for (const bad of [null, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-in?next=/sign-in"]) {
    expect(safeNext(bad)).toBe("/incidents");
  }
});
