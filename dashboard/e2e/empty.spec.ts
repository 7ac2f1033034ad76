/** An installation of its own in which nothing has happened yet. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { button, expect, expectAccessible, expectToFit, test } from "./fixtures";
import { type Aetherius, startAetherius } from "./stage/aetherius";

let aetherius: Aetherius | undefined;
let dir = "";

test.beforeEach(async ({ context }) => {
  dir = mkdtempSync(join(tmpdir(), "aetherius-empty-"));
  aetherius = await startAetherius(dir, "services: {}\n");
  await context.addCookies([{ name: "aetherius_token", value: aetherius.token, url: aetherius.url }]);
});

test.afterEach(async () => {
  await aetherius?.stop();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

test("where there is nothing, pages say what to do, and the demonstration begins", async ({ page, t }) => {
  const at = (path: string) => `${aetherius?.url}/ui/${path}`;
  for (const [path, words] of [["queue", t.queue.empty], ["knowledge", t.knowledge.empty], ["settings/keys", t.settings.keysEmpty], ["settings/users", t.settings.usersEmpty]] as const) {
    await page.goto(at(path));
    await expect(page.getByText(words)).toBeVisible();
    await expectAccessible(page, `empty ${path}`);
  }
  await page.goto(at("incidents"));
  await expect(page.getByRole("heading", { name: t.empty.title })).toBeVisible();
  await expect(page.getByText("/webhook/alertmanager")).toBeVisible();
  await expectAccessible(page, "empty list");
  await page.setViewportSize({ width: 390, height: 800 });
  await expectToFit(page, "empty list");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("combobox", { name: t.empty.speed }).selectOption("60");
  await button(page, t.empty.demo).click();
  await expect(page.locator(".demo-bar")).toBeVisible();
  await expect(page.locator(".row").first()).toBeVisible();
  await expect(page.locator(".row").filter({ hasText: t.status.completed }).first()).toBeVisible();
  await button(page, t.empty.demoStop).click();
  await expect(page.locator(".demo-bar")).toHaveCount(0);
});
