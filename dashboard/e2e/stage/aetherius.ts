/** The real program, with a port and a data directory of its own. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, stop, until } from "./process";

export interface Aetherius {
  url: string;
  token: string;
  webhookToken: string;
  /** As the admin. */
  call: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  stop: () => Promise<void>;
}

export async function startAetherius(dir: string, config: string): Promise<Aetherius> {
  const program = process.env["AETHERIUS_PROGRAM"];
  if (!program) throw new Error("AETHERIUS_PROGRAM must name the program; `make test-browser` builds it");
  mkdirSync(dir, { recursive: true });
  const [file, data, port] = [join(dir, "aetherius.yaml"), join(dir, "data"), await freePort()];
  // Tests ask more often than people.
  writeFileSync(file, `gateway: {rate_limit_per_minute: 1000000}\n${config}`);
  const { KUBECONFIG: _, ...env } = process.env;
  const running = start(program, ["serve", "--listen", `127.0.0.1:${port}`, "--data", data, "--config", file], join(dir, "log"), { ...env, AETHERIUS_LOG: "warn,access=off" });
  const url = `http://127.0.0.1:${port}`;
  const leave = () => stop(running);
  try {
    await until("aetherius", async () => ((await fetch(`${url}/health/ready`)).ok ? true : undefined), running);
  } catch (error) {
    await leave();
    throw error;
  }
  const secret = (name: string) => readFileSync(join(data, name), "utf8").trim();
  const token = secret("admin-token");
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  return { url, token, webhookToken: join(data, "webhook-token"), call, stop: leave };
}
