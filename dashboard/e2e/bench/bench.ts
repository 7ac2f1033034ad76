/**
 * How fast the dashboard is: what a first load costs, when it can be used, how soon an alert is on it, how it scrolls through
 * thousands. Measured from outside, with a real browser; none of it fails, all of it is written down.
 */
import type { Browser, Page } from "@playwright/test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECORDED } from "../stage/stage";
import { type Aetherius, startAetherius } from "../stage/aetherius";
import { button, expect, test } from "../fixtures";

const INCIDENTS = 5000;
/** Alerts that are posted at once, as an Alertmanager groups them. */
const GROUP = 100;
const LOADS = 9;
const ALERTS = 40;

interface Figure {
  name: string;
  value: number;
  unit: string;
  bar: number | null;
  holds: boolean;
}

const figures: Figure[] = [];

function tell(name: string, value: number, unit: string, bar: number | null = null): void {
  const rounded = Math.round(value * 10) / 10;
  figures.push({ name, value: rounded, unit, bar, holds: bar === null || rounded <= bar });
  console.log(`${name}: ${rounded} ${unit}${bar === null ? "" : ` (at most ${bar})`}`);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

let dir = "";
let aetherius: Aetherius | undefined;

async function start(config: string): Promise<Aetherius> {
  dir = mkdtempSync(join(tmpdir(), "aetherius-bench-"));
  aetherius = await startAetherius(dir, config);
  return aetherius;
}

test.afterEach(async () => {
  await aetherius?.stop();
  aetherius = undefined;
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

test.afterAll(() => {
  const file = process.env["RESULTS"];
  if (file) writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
});

test("from the start to a diagnosed incident on the screen, in three clicks", async ({ page, t }) => {
  const began = Date.now();
  const { url, token } = await start("services: {}\n");
  await page.goto(`${url}/ui/sign-in`);
  await page.locator("label").filter({ hasText: t.signIn.byToken }).last().click();
  await page.locator("input[name=token]").fill(token);
  await button(page, t.signIn.submit).click();
  await button(page, t.empty.demo).click();
  const diagnosed = page.locator(".row").filter({ hasText: t.status.completed }).first();
  await expect(diagnosed).toBeVisible({ timeout: 60_000 });
  tell("from the start of the program to a diagnosed incident on the screen, in three clicks", (Date.now() - began) / 1000, "s", 60);
  await diagnosed.click();
  await expect(page.locator(".cause")).toBeVisible();
});

test("with thousands of incidents", async ({ browser, t }) => {
  const { url, token, call } = await start(`services:
  events: {rate_limit_per_minute: 1000000}
  execution: {clusters: [{id: default, recorded: {dir: ${RECORDED}}}]}
`);
  for (let at = 0; at < INCIDENTS; at += GROUP) {
    const alerts = Array.from({ length: GROUP }, (_, n) => ({
      status: "firing",
      labels: { alertname: `CatalogDown${at + n}`, severity: ["critical", "high", "medium", "low"][n % 4], namespace: "bookshop" },
      annotations: { summary: "no pod of the catalog is ready" },
    }));
    await call("POST", "/webhook/alertmanager", { version: "4", alerts });
  }
  let open = INCIDENTS;
  while (open > 0) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const stats = await call<{ open: number; total: number }>("GET", "/api/api/v1/incidents/stats");
    console.log(`${stats.total - stats.open} of ${stats.total} incidents are diagnosed`);
    open = stats.total < INCIDENTS ? INCIDENTS : stats.open;
  }

  const loads = [];
  for (let n = 0; n < LOADS; n += 1) loads.push(await firstLoad(browser, url, token));
  tell("first load, everything that came over the wire", median(loads.map((one) => one.bytes)) / 1024, "KB", 300);
  tell("first load, until rows are there and keys are heard", median(loads.map((one) => one.interactive)), "ms", 1500);
  tell("first load, longest task", median(loads.map((one) => one.longest)), "ms");

  const page = await signedIn(browser, url, token);
  await page.goto(`${url}/ui/incidents`);
  await expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");
  const delays = [];
  for (let n = 0; n < ALERTS; n += 1) delays.push(await alertToScreen(page, call, `Arrived${n}x`));
  tell("an alert's 2xx to its row on an open page, median", median(delays), "ms", 500);
  tell("an alert's 2xx to its row on an open page, longest", Math.max(...delays), "ms", 500);

  const main = page.locator("#content");
  await expect(async () => {
    await main.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await expect(page.getByText(t.incidents.end)).toBeVisible({ timeout: 100 });
  }).toPass({ timeout: 120_000, intervals: [50] });
  const { wall, processor, rows } = await scrollThrough(browser, page);
  tell(`scrolling through ${INCIDENTS} incidents, longest task`, wall, "ms", 100);
  tell(`scrolling through ${INCIDENTS} incidents, longest task in time of the processor`, processor, "ms", 100);
  tell("rows in the page meanwhile, at most", rows, "");
  await page.context().close();
});

async function signedIn(browser: Browser, url: string, token: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: "aetherius_token", value: token, url }]);
  return context.newPage();
}

/** With nothing in the browser's cache. */
async function firstLoad(browser: Browser, url: string, token: string): Promise<{ bytes: number; interactive: number; longest: number }> {
  const page = await signedIn(browser, url, token);
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  let bytes = 0;
  client.on("Network.loadingFinished", (one) => (bytes += one.encodedDataLength));
  await page.addInitScript(() => {
    const seen = { rows: 0, longest: 0, lastTaskEnd: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) {
        seen.longest = Math.max(seen.longest, task.duration);
        seen.lastTaskEnd = Math.max(seen.lastTaskEnd, task.startTime + task.duration);
      }
    }).observe({ type: "longtask", buffered: true });
    const look = () => {
      if (document.querySelector(".row")) seen.rows = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${url}/ui/incidents`);
  await expect(page.locator(".row").first()).toBeVisible();
  await page.waitForLoadState("networkidle");
  const seen = await page.evaluate(() => (window as unknown as { seen: { rows: number; longest: number; lastTaskEnd: number } }).seen);
  // A key that is pressed is heard: the next row is chosen.
  await page.keyboard.press("j");
  await expect(page.locator(".row[data-chosen]")).toHaveCount(1);
  await page.context().close();
  return { bytes, interactive: Math.max(seen.rows, seen.lastTaskEnd), longest: seen.longest };
}

/** From the moment at which the answer was there. */
async function alertToScreen(page: Page, call: Aetherius["call"], name: string): Promise<number> {
  const shown = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => (document.querySelector(".list")?.textContent?.includes(wanted) ? resolve(Date.now()) : requestAnimationFrame(look));
        look();
      }),
    name,
  );
  await call("POST", "/webhook/custom/bench", { name, severity: "high", namespace: "bookshop", fingerprint: name });
  const answered = Date.now();
  return Math.max(0, (await shown) - answered);
}

async function scrollThrough(browser: Browser, page: Page): Promise<{ wall: number; processor: number; rows: number }> {
  const main = page.locator("#content");
  await main.evaluate((one) => one.scrollTo(0, 0));
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  const rows = await main.evaluate(async (one) => {
    let most = 0;
    for (let top = 0; top < one.scrollHeight; top += 600) {
      one.scrollTo(0, top);
      await new Promise((next) => requestAnimationFrame(next));
      most = Math.max(most, document.querySelectorAll(".row").length);
    }
    return most;
  });
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: { name: string; pid: number; tid: number; args?: { name?: string }; dur?: number; tdur?: number }[] };
  const threads = new Set(trace.traceEvents.filter((one) => one.name === "thread_name" && one.args?.name === "CrRendererMain").map((one) => `${one.pid}/${one.tid}`));
  const tasks = trace.traceEvents.filter((one) => one.name.endsWith("RunTask") && threads.has(`${one.pid}/${one.tid}`));
  const longest = (of: (task: (typeof tasks)[number]) => number | undefined) => tasks.reduce((most, task) => Math.max(most, of(task) ?? 0), 0) / 1000;
  return { wall: longest((task) => task.dur), processor: longest((task) => task.tdur), rows };
}
