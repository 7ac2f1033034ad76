/** Programs that the stage starts, and what it waits for. It ends only what it has started. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

/** How long anything may take on a busy machine. */
const PATIENCE_MS = 60_000;
/** `serve` kills what hangs after 15 s. */
const STOP_MS = 20_000;

export interface Running {
  child: ChildProcess;
  log: string;
}

export function start(program: string, args: string[], log: string, env: NodeJS.ProcessEnv = process.env): Running {
  const out = openSync(log, "w");
  const child = spawn(program, args, { stdio: ["ignore", out, out], env });
  closeSync(out);
  child.on("error", () => {});
  return { child, log };
}

export async function stop({ child }: Running): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}

const hasEnded = (child: ChildProcess) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Asks until there is an answer; what fails is asked again. With a program, also until that one has ended. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, of?: Running): Promise<T> {
  const began = Date.now();
  let problem: unknown;
  for (;;) {
    const answer = await ask().catch((error: unknown) => void (problem = error));
    if (answer !== undefined && answer !== null) return answer as T;
    if (of && hasEnded(of.child)) throw new Error(`${what}: the program has ended:\n${readFileSync(of.log, "utf8").slice(-4000)}`);
    if (Date.now() - began > PATIENCE_MS) throw new Error(`${what}: waited in vain`, { cause: problem });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
