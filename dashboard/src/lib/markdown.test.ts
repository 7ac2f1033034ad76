import { expect, test } from "vitest";
import { parse } from "./markdown";

test("blocks are told apart", () => {
  const text = "# Title\n\nSome *words*\nthat go on\n\n- one\n- two\n  more\n\n1. first\n\n> said\n> so\n\n```yaml\na: 1\n\nb: 2\n```\n\n| a | b |\n| --- | :-: |\n| 1 | x \\| y |\n\n---\n";
  expect(parse(text)).toEqual([
    { kind: "heading", level: 1, text: "Title" },
    { kind: "paragraph", text: "Some *words* that go on" },
    { kind: "list", ordered: false, items: ["one", "two more"] },
    { kind: "list", ordered: true, items: ["first"] },
    { kind: "quote", text: "said so" },
    { kind: "code", text: "a: 1\n\nb: 2" },
    { kind: "table", head: ["a", "b"], rows: [["1", "x | y"]] },
    { kind: "rule" },
  ]);
});

test("what is never closed ends with the text", () => {
  expect(parse("```\nopen")).toEqual([{ kind: "code", text: "open" }]);
  expect(parse("")).toEqual([]);
});
