import { type Page, test as base, expect } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export { expect };

export const MOCKED = process.env["AETHERIUS_URL"] === undefined;
export const TOKEN = process.env["AETHERIUS_TOKEN"] ?? "mock-admin-token";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Fixtures {
  /** A page that is signed in, and whose console stayed clean. */
  signedIn: Page;
  /** Changes the mock's world. */
  control: (what: Record<string, string>) => Promise<void>;
  /** Has an alert arrive. */
  alert: (name?: string) => Promise<void>;
}

export const test = base.extend<Fixtures>({
  signedIn: async ({ page }, use) => {
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      // What the network says while it is cut, or while a server refuses, is no fault of the page.
      if (message.type() === "error" && !/Failed to load resource|WebSocket connection|net::ERR/.test(message.text())) problems.push(message.text());
    });
    const answer = await page.request.post("/auth/login", { data: { token: TOKEN } });
    expect(answer.ok()).toBe(true);
    await use(page);
    expect(problems).toEqual([]);
  },
  control: async ({ request }, use) => {
    await use(async (what) => {
      await request.get("/mock/control", { params: what });
    });
    if (MOCKED) await request.get("/mock/control", { params: { do: "allow" } });
  },
  alert: async ({ request }, use) => {
    let sent = 0;
    await use(async (name = "BrowserTest") => {
      sent += 1;
      if (MOCKED) await request.get("/mock/control", { params: { do: "arrive" } });
      else {
        const answer = await request.post("/webhook/custom/browser", { headers: { authorization: `Bearer ${TOKEN}` }, data: { name, severity: "high", labels: { run: `${Date.now()}-${sent}` }, fingerprint: `${Date.now()}-${sent}` } });
        expect(answer.status()).toBe(202);
      }
    });
  },
});

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

/** The list, once it has rows. */
export async function openList(page: Page, query = ""): Promise<void> {
  await page.goto(`/ui/incidents${query}`);
  await expect(page.locator(".row").first()).toBeVisible();
}

/** The first incident of the list that has a diagnosis. */
export async function openDiagnosed(page: Page): Promise<void> {
  await openList(page, "?status=completed");
  await page.locator(".row").filter({ has: page.locator(".row-object") }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator(".cause")).toBeVisible();
}
