/**
 * What all browser tests share: the real program, with the incidents of the demonstration diagnosed, a real Alertmanager before it and
 * somebody to notify behind it. Tests find it through the environment.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startAetherius } from "./aetherius";
import { startAlertmanager } from "./alertmanager";
import { until } from "./process";
import { startReceiver } from "./receiver";
import { slowCluster } from "./slow-cluster";

/** Where alerts that name no cluster lead: somebody mistyped the tag of an image. */
export const RECORDED = fileURLToPath(new URL("../../../examples/cases/image-pull", import.meta.url));

export async function setStage(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "aetherius-browser-"));
  const leave: (() => void | Promise<void>)[] = [() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 })];
  const clear = async () => {
    for (const one of leave.reverse()) await one();
  };
  try {
    const receiver = await startReceiver();
    leave.push(receiver.stop);
    const slow = slowCluster(dir);
    const aetherius = await startAetherius(
      dir,
      `services:
  execution:
    clusters:
      - {id: default, recorded: {dir: ${RECORDED}}}
      - ${slow.config}
  notifications:
    channels:
      - {name: log, kind: log}
      - {name: pager, kind: webhook, url: "${receiver.url}"}
      - {name: nobody, kind: webhook, url: "http://127.0.0.1:9/hook"}
    attempts_max: 1
`,
    );
    leave.push(aetherius.stop);
    const alertmanager = await startAlertmanager(join(dir, "alertmanager"), `${aetherius.url}/webhook/alertmanager`, aetherius.webhookToken);
    leave.push(alertmanager.stop);
    await playDemo(aetherius.call);
    // By key, as the address of a client may sign in only so often.
    const key = async (role: string) => (await aetherius.call<{ key: string }>("POST", "/api/identity/v1/keys", { name: `stage-${role}`, roles: [role] })).key;
    Object.assign(process.env, {
      STAGE_URL: aetherius.url,
      STAGE_ADMIN: aetherius.token,
      STAGE_OPERATOR: await key("operator"),
      STAGE_VIEWER: await key("viewer"),
      STAGE_ALERTMANAGER: alertmanager.url,
      STAGE_RECEIVER: receiver.url,
      STAGE_GATES: slow.gates,
    });
    return clear;
  } catch (error) {
    await clear();
    throw error;
  }
}

/** All its alerts are sent within seconds, and looked into before the first test begins. */
async function playDemo(call: <T>(method: string, path: string, body?: unknown) => Promise<T>): Promise<void> {
  await call("POST", "/api/api/v1/demo", { speed: 500 });
  await until("the end of the demonstration", async () => ((await call<{ running: boolean }>("GET", "/api/api/v1/demo")).running ? undefined : true));
  await until("the diagnoses", async () => {
    const { open, total } = await call<{ open: number; total: number }>("GET", "/api/api/v1/incidents/stats");
    return total > 0 && open === 0 ? true : undefined;
  });
}

export default setStage;
