import type { Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../fixtures";
import { letGo } from "../stage/slow-cluster";

const out = process.env["SHOTS"] ?? join(process.env["AETHERIUS_CACHE"] ?? join(homedir(), ".cache/aetherius"), "screenshots");

async function shoot(page: Page, name: string): Promise<void> {
  await expect(page.locator(".loading")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  mkdirSync(out, { recursive: true });
  await page.screenshot({ path: join(out, `${name}-${test.info().project.name}.png`), animations: "disabled" });
}

test("the door", async ({ page }) => {
  await page.goto("/ui/sign-in");
  await expect(page.locator("form")).toBeVisible();
  await shoot(page, "sign-in");
});

test("every page", async ({ signedIn: page, api, unique, diagnosed }) => {
  await api.post("/api/knowledge/v1/knowledge", { data: { title: `Image tags ${unique}`, content: "Look at the **registry** first.", category: "runbook", tags: ["images"], confidence: 0.5 } });
  for (const path of ["incidents", "incidents?q=unknown", "queue", "knowledge", "gateway", "audit", "settings/you", "settings/keys", "settings/users", "settings/channels"]) {
    await page.goto(`/ui/${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await shoot(page, path.replace(/\W/g, "-"));
  }
  for (const tab of ["diagnosis", "report", "alert", "audit"]) {
    await page.goto(`/ui/incidents/${diagnosed}?tab=${tab}`);
    await expect(page.getByRole("tabpanel")).toBeVisible();
    await shoot(page, `incident-${tab}`);
  }
  await page.goto(`/ui/incidents/${diagnosed}`);
  await expect(page.locator(".timeline")).toBeVisible();
  await page.locator(".commands").scrollIntoViewIfNeeded();
  await shoot(page, "incident-below");
  await page.locator(".timeline").evaluate((one) => one.scrollIntoView());
  await shoot(page, "incident-timeline");
});

test("one in work", async ({ signedIn: page, alert, unique }) => {
  const id = await alert({ name: `Slow${unique}`, cluster_id: "slow", namespace: unique });
  await page.goto(`/ui/incidents/${id}`);
  await expect(page.locator(".verdict")).toBeVisible();
  await shoot(page, "incident-working");
  await page.goto("/ui/queue");
  await expect(page.locator(".task").first()).toBeVisible();
  await shoot(page, "queue-working");
  letGo(unique);
  await expect(page.locator(".task")).toHaveCount(0);
});
