import { expect, test } from "vitest";
import type { Diagnosis, Finding } from "../api/tasks";
import { citedLines, dedent, digest } from "./cited";

const finding = (hash: string, line: number, excerpt: string): Finding => ({
  rule: "r",
  taxonomy: "t",
  object: { kind: "pod", name: "p" },
  summary: "s",
  remedy: "m",
  confidence: 1,
  evidence: [{ output_hash: hash, command: "c", excerpt, line, shows: `shows ${line}` }],
});

test("every line of an excerpt is cited, also those of other findings", () => {
  const diagnosis: Diagnosis = { root_cause: finding("a", 4, "x\ny\n"), other_findings: [finding("a", 9, "z"), finding("b", 1, "w")], strategy: "rule_based", gaps: [] };
  const lines = citedLines(diagnosis);
  expect([...(lines.get("a")?.keys() ?? [])]).toEqual([4, 5, 9]);
  expect(lines.get("b")?.get(1)).toBe("shows 1");
  expect(citedLines(null).size).toBe(0);
});

const output = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`).join("\n") + "\n";
const shape = (count: number, cited: number[], whole = false) => digest(output(count), new Set(cited), whole).map((piece) => (piece.kind === "gap" ? `-${piece.count}` : piece.number));

test("a short output is shown whole, of a long one what matters", () => {
  expect(shape(3, [])).toEqual([1, 2, 3]);
  expect(shape(40, [20])).toEqual(["-16", 17, 18, 19, 20, 21, 22, 23, "-17"]);
  expect(shape(40, [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, "-28"]);
  expect(shape(40, [20], true)).toHaveLength(40);
});

test("an excerpt loses the indentation that all its lines share, and no more", () => {
  expect(dedent('    "a": {\n\n      "b": 1')).toBe('"a": {\n\n  "b": 1');
  expect(dedent("")).toBe("");
});
