import { describe, expect, test } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { age, clock, duration } from "./time";

const AT = "2026-03-04T05:06:07Z";
const later = (ms: number) => Date.parse(AT) + ms;

describe("age", () => {
  test.each([
    [0, "now"],
    [999, "now"],
    [1000, "1s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [3_599_999, "59m"],
    [3_600_000, "1h"],
    [47 * 3_600_000, "47h"],
    [48 * 3_600_000, "2d"],
    // Clocks differ: what comes from the future is new.
    [-5000, "now"],
  ])("after %d ms is %s", (ms, text) => {
    expect(age(AT, later(ms), en.unit)).toBe(text);
  });

  test("speaks Chinese", () => {
    expect(age(AT, later(125_000), zh.unit)).toBe("2分");
  });

  test("of what is no time is empty", () => {
    expect(age("", Date.now(), en.unit)).toBe("");
  });
});

test("durations choose their unit", () => {
  expect([12, 999, 1000, 1250, 59_940, 120_000].map(duration)).toEqual(["12 ms", "999 ms", "1.0 s", "1.3 s", "59.9 s", "2 min"]);
});

test("a time of another day has its date", () => {
  expect(clock(AT, "en", later(1000))).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(clock(AT, "en", later(3 * 86_400_000))).toContain("Mar");
});
