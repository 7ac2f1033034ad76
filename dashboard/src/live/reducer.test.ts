import { describe, expect, test } from "vitest";
import { step, summary } from "../../test/fixtures";
import type { IncidentSummary } from "../api/incidents";
import { type Pages, addStep, applyToPages, backoffMs, joinSteps } from "./reducer";

const at = (minute: number, part: Partial<IncidentSummary> = {}) => summary({ task_id: `t${String(minute).padStart(2, "0")}`, created_at: `2026-03-04T05:${String(minute).padStart(2, "0")}:00Z`, ...part });

const pages = (complete: boolean): Pages => ({
  pages: [
    { items: [at(30), at(20)], next: "t20" },
    { items: [at(10), at(5)], next: complete ? null : "t05" },
  ],
  pageParams: ["", "t20"],
});
const ids = (all: Pages) => all.pages.map((page) => page.items.map((item) => item.task_id));

describe("a list that is told of changes", () => {
  test("puts what is new at its place", () => {
    expect(ids(applyToPages(pages(false), {}, [at(40), at(25), at(15)]))).toEqual([["t40", "t30", "t25", "t20"], ["t15", "t10", "t05"]]);
  });

  test("leaves what is older than all that is loaded to its page", () => {
    expect(ids(applyToPages(pages(false), {}, [at(1)]))).toEqual(ids(pages(false)));
    expect(ids(applyToPages(pages(true), {}, [at(1)]))).toEqual([["t30", "t20"], ["t10", "t05", "t01"]]);
  });

  test("changes in place, and keeps the pages that did not change", () => {
    const before = pages(false);
    const after = applyToPages(before, {}, [at(10, { assignee: "mira" })]);
    expect(after.pages[1]?.items[0]?.assignee).toBe("mira");
    expect(after.pages[0]).toBe(before.pages[0]);
  });

  test("drops what no longer matches and takes what now does", () => {
    const query = { acknowledged: "false" };
    const acknowledged = at(20, { acknowledged_by: "mira", acknowledged_at: "2026-03-04T06:00:00Z" });
    expect(ids(applyToPages(pages(false), query, [acknowledged]))).toEqual([["t30"], ["t10", "t05"]]);
    expect(ids(applyToPages(pages(false), { severity: "low" }, [at(40)]))).toEqual(ids(pages(false)));
  });

  test("is the same object when nothing concerns it", () => {
    const before = pages(false);
    expect(applyToPages(before, { severity: "low" }, [at(40)])).toBe(before);
  });

  test("fills a list that was empty", () => {
    const empty: Pages = { pages: [{ items: [], next: null }], pageParams: [""] };
    expect(ids(applyToPages(empty, {}, [at(1), at(2)]))).toEqual([["t02", "t01"]]);
  });

  test("takes 2000 changes of 5000 incidents in a blink", () => {
    const many: Pages = { pages: Array.from({ length: 50 }, (_, page) => ({ items: Array.from({ length: 100 }, (_, n) => summary({ task_id: `t${page}-${n}`, created_at: new Date(2e12 - (page * 100 + n) * 1000).toISOString() })), next: "x" })), pageParams: [] };
    const changed = Array.from({ length: 2000 }, (_, n) => ({ ...many.pages[n % 50]!.items[n % 100]!, assignee: "mira" }));
    const began = performance.now();
    applyToPages(many, {}, changed);
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe("steps", () => {
  test("that are told twice are one, and keep the output they had", () => {
    const once = addStep([], step());
    expect(addStep(once, step({ output: "" }))).toEqual([step()]);
    expect(addStep(once, step({ step_id: "s2" }))).toHaveLength(2);
  });

  test("of the result go before those told live", () => {
    expect(joinSteps([step()], [step({ output: "" }), step({ step_id: "s2" })]).map((one) => [one.step_id, one.output])).toEqual([
      ["s1", "a\nb\n"],
      ["s2", "a\nb\n"],
    ]);
  });
});

test("the wait grows to fifteen seconds and is never quite the same", () => {
  expect([0, 1, 2, 5, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([500, 1000, 2000, 15_000, 15_000]);
  expect(backoffMs(5, 1)).toBe(12_000);
});
