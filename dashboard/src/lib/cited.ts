/** Cited lines, and what of an output is worth showing first. Pure. */
import type { Diagnosis } from "../api/tasks";

/** For each output, the lines that are cited, from 1, and what each shows. */
export function citedLines(diagnosis: Diagnosis | null): Map<string, Map<number, string>> {
  const outputs = new Map<string, Map<number, string>>();
  if (!diagnosis) return outputs;
  const findings = diagnosis.root_cause ? [diagnosis.root_cause, ...diagnosis.other_findings] : diagnosis.other_findings;
  for (const { evidence } of findings) {
    for (const { output_hash, line, excerpt, shows } of evidence) {
      const lines = outputs.get(output_hash) ?? new Map<number, string>();
      const count = excerpt.replace(/\n$/, "").split("\n").length;
      for (let offset = 0; offset < count; offset += 1) lines.set(line + offset, shows);
      outputs.set(output_hash, lines);
    }
  }
  return outputs;
}

/** An excerpt without the indentation that all its lines share: out of its output, it says nothing. */
export function dedent(excerpt: string): string {
  const lines = excerpt.split("\n");
  const depth = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length));
  return Number.isFinite(depth) ? lines.map((line) => line.slice(depth)).join("\n") : excerpt;
}

export type Piece = { kind: "line"; number: number; text: string } | { kind: "gap"; from: number; count: number };

const AROUND = 3;
/** An output up to this long is shown whole. */
const WHOLE_MAX = 24;
const HEAD = 12;

/** The cited lines with some around them, or the first ones where none is cited; a gap for what lies between. */
export function digest(output: string, cited: ReadonlySet<number>, whole: boolean): Piece[] {
  const lines = output.replace(/\n$/, "").split("\n");
  const shown = (number: number): boolean => {
    if (whole || lines.length <= WHOLE_MAX) return true;
    if (cited.size === 0) return number <= HEAD;
    for (let near = number - AROUND; near <= number + AROUND; near += 1) if (cited.has(near)) return true;
    return false;
  };
  const pieces: Piece[] = [];
  lines.forEach((text, index) => {
    const number = index + 1;
    const last = pieces.at(-1);
    if (shown(number)) pieces.push({ kind: "line", number, text });
    else if (last?.kind === "gap") last.count += 1;
    else pieces.push({ kind: "gap", from: number, count: 1 });
  });
  return pieces;
}
