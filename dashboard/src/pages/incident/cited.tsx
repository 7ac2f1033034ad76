/** Which lines of which outputs the findings cite, and the way from a finding to its line. */
import { type ReactNode, createContext, useContext, useMemo, useState } from "react";
import type { Diagnosis, Evidence, StepResult } from "../../api/tasks";
import { citedLines } from "../../lib/cited";

export interface Jump {
  hash: string;
  line: number;
  /** Each jump counts, also one to the same line. */
  count: number;
}

interface Cited {
  lines: Map<string, Map<number, string>>;
  jump: Jump | null;
  jumpTo: (evidence: Evidence) => void;
  has: (hash: string) => boolean;
}

const Context = createContext<Cited>({ lines: new Map(), jump: null, jumpTo: () => {}, has: () => false });

export const useCited = (): Cited => useContext(Context);

export function CitedProvider({ diagnosis, steps, children }: { diagnosis: Diagnosis | null; steps: StepResult[]; children: ReactNode }) {
  const [jump, setJump] = useState<Jump | null>(null);
  const value = useMemo(
    () => ({
      lines: citedLines(diagnosis),
      jump,
      jumpTo: (evidence: Evidence) => setJump((last) => ({ hash: evidence.output_hash, line: evidence.line, count: (last?.count ?? 0) + 1 })),
      has: (hash: string) => steps.some((step) => step.output_hash === hash),
    }),
    [diagnosis, steps, jump],
  );
  return <Context value={value}>{children}</Context>;
}
