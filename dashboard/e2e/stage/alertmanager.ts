/** A real Alertmanager that posts to us. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, stop, until } from "./process";

export async function startAlertmanager(dir: string, receiver: string, tokenFile: string): Promise<{ url: string; stop: () => Promise<void> }> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "alertmanager.yml");
  writeFileSync(
    file,
    `route: {receiver: aetherius, group_by: ['...'], group_wait: 10ms, group_interval: 1s}
receivers:
  - name: aetherius
    webhook_configs:
      - url: ${receiver}
        send_resolved: true
        http_config: {authorization: {credentials_file: ${tokenFile}}}
`,
  );
  const port = await freePort();
  const running = start("prometheus-alertmanager", [`--config.file=${file}`, `--storage.path=${join(dir, "am")}`, `--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="], join(dir, "log"));
  const url = `http://127.0.0.1:${port}`;
  const leave = () => stop(running);
  try {
    await until("prometheus-alertmanager", async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined), running);
  } catch (error) {
    await leave();
    throw error;
  }
  return { url, stop: leave };
}
