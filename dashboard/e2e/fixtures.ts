import { type APIRequestContext, type Page, test as base, expect } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Dictionary, Language } from "../src/i18n";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";

export { expect };

type Role = "admin" | "operator" | "viewer";
export const TOKENS: Record<Role, string> = { admin: process.env["STAGE_ADMIN"] ?? "", operator: process.env["STAGE_OPERATOR"] ?? "", viewer: process.env["STAGE_VIEWER"] ?? "" };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Alert {
  name: string;
  cluster_id?: string;
  namespace?: string;
  severity?: string;
}

export interface Fixtures {
  language: Language;
  /** Who the page is signed in as. */
  role: Role;
  /** The texts of the language, by which things are found. */
  t: Dictionary;
  /** A page that is signed in, and whose console stayed clean. */
  signedIn: Page;
  /** The API, as the admin. */
  api: APIRequestContext;
  /** A name that nothing else has. */
  unique: string;
  /** Has an alert arrive; its incident's id comes back as soon as there is one. */
  alert: (alert: Alert) => Promise<string>;
  /** The id of an incident of this test alone, whose cause was found. */
  diagnosed: string;
}

let count = 0;

export const test = base.extend<Fixtures>({
  language: ["en", { option: true }],
  role: ["admin", { option: true }],
  t: async ({ language }, use) => use({ en, zh }[language]),
  baseURL: async ({}, use) => use(process.env["STAGE_URL"]),
  page: async ({ page }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      // What the network says while it is cut, or while a server refuses, is no fault of the page.
      if (message.type() === "error" && !/Failed to load resource|WebSocket connection|net::ERR/.test(message.text())) problems.push(message.text());
    });
    await use(page);
    expect(problems).toEqual([]);
  },
  signedIn: async ({ page, context, baseURL, role }, use) => {
    await context.addCookies([{ name: "aetherius_token", value: TOKENS[role], url: baseURL ?? "" }]);
    await use(page);
  },
  api: async ({ playwright, baseURL }, use) => {
    const api = await playwright.request.newContext({ ...(baseURL && { baseURL }), extraHTTPHeaders: { authorization: `Bearer ${TOKENS.admin}` } });
    await use(api);
    await api.dispose();
  },
  unique: async ({ language }, use, info) => {
    count += 1;
    await use(`${language}${info.workerIndex}x${count}`);
  },
  alert: async ({ api }, use) => {
    await use(async ({ name, ...rest }) => {
      const answer = await api.post("/webhook/custom/browser", { data: { name, severity: "high", namespace: "bookshop", fingerprint: name, ...rest } });
      expect(answer.status()).toBe(202);
      return incidentOf(api, name);
    });
  },
  diagnosed: async ({ api, alert, unique }, use) => {
    const id = await alert({ name: `Diagnosed${unique}` });
    await expect.poll(async () => (await summaryOf(api, id)).root_cause).toBeTruthy();
    await use(id);
  },
});

export async function incidentOf(api: APIRequestContext, name: string): Promise<string> {
  let id: string | undefined;
  await expect
    .poll(async () => {
      const answer = await api.get("/api/api/v1/incidents", { params: { q: name } });
      id = ((await answer.json()) as { items: { task_id: string }[] }).items[0]?.task_id;
      return id;
    })
    .toBeTruthy();
  return id ?? "";
}

export async function summaryOf(api: APIRequestContext, id: string): Promise<{ status: string; root_cause: string | null; acknowledged_by: string | null }> {
  const answer = await api.get(`/api/api/v1/incidents/${id}`);
  return ((await answer.json()) as { summary: { status: string; root_cause: string | null; acknowledged_by: string | null } }).summary;
}

/** Every one that bears exactly this name; in Chinese, names are parts of each other. */
export const button = (scope: Page | ReturnType<Page["locator"]>, name: string) => scope.getByRole("button", { name, exact: true });

export const row = (page: Page, id: string) => page.locator(`.row[data-id="${id}"]`);

/** Once it has heard from the server, nothing is missed. */
export const expectLive = (page: Page) => expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");

/** No serious violation of accessibility. Injected by the tool, so that the page's policy need not allow it. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  await client.send("Runtime.evaluate", { expression: AXE });
  const result = await client.send("Runtime.evaluate", { expression: "axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' :: ' + n.failureSummary) }))))", awaitPromise: true, returnByValue: true });
  const violations = JSON.parse(String(result.result.value)) as { id: string; impact: string; nodes: string[] }[];
  await client.detach();
  expect(
    violations.filter((one) => one.impact === "serious" || one.impact === "critical"),
    what,
  ).toEqual([]);
}

/** Nothing sticks out to the right. */
export async function expectToFit(page: Page, what: string): Promise<void> {
  const over = await page.evaluate(() => {
    const main = document.getElementById("content");
    return Math.max(document.documentElement.scrollWidth - innerWidth, main ? main.scrollWidth - main.clientWidth : 0);
  });
  expect(over, `${what} sticks out`).toBeLessThanOrEqual(0);
}
