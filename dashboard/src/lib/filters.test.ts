import { describe, expect, test } from "vitest";
import { summary } from "../../test/fixtures";
import { type Filters, VIEWS, fromParams, isFiltered, matches, toParams, toQuery } from "./filters";

const none: Filters = { view: "all", severity: "", status: "", namespace: "", q: "" };

test("filters survive the address", () => {
  for (const view of VIEWS) {
    const filters: Filters = { view, severity: "high", status: "failed", namespace: "shop", q: "cart & redis" };
    expect(fromParams(new URLSearchParams(toParams(filters).toString()))).toEqual(filters);
  }
  expect(fromParams(new URLSearchParams("view=nonsense"))).toEqual(none);
  expect(toParams(none).toString()).toBe("");
  expect([isFiltered(none), isFiltered({ ...none, q: "x" })]).toEqual([false, true]);
});

test("views become what the API is asked", () => {
  expect(toQuery({ ...none, view: "unacknowledged" }, "mira")).toEqual({ acknowledged: "false" });
  expect(toQuery({ ...none, view: "mine", severity: "low" }, "mira")).toEqual({ assignee: "mira", severity: "low" });
  expect(toQuery({ ...none, view: "running" }, "mira")).toEqual({ status: "open" });
});

describe("what comes live", () => {
  const incident = summary({ status: "running", severity: "high", namespace: "shop", alert_name: "KubePodCrashLooping", object: "deployment/cart", assignee: "mira" });
  test.each([
    [{}, true],
    [{ status: "running" }, true],
    [{ status: "open" }, true],
    [{ status: "completed" }, false],
    [{ severity: "high" }, true],
    [{ severity: "low" }, false],
    [{ namespace: "search" }, false],
    [{ assignee: "jonas" }, false],
    [{ acknowledged: "false" }, true],
    [{ acknowledged: "true" }, false],
    [{ q: "CART crash" }, true],
    [{ q: "cart zookeeper" }, false],
  ])("belongs into %j: %s", (query, belongs) => {
    expect(matches(query, incident)).toBe(belongs);
  });
});
