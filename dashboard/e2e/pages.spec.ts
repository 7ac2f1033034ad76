/** Every page, in both schemes, wide and narrow: its heading is there, nothing sticks out, axe finds nothing serious. */
import type { Page } from "@playwright/test";
import type { Language } from "../src/i18n";
import { expect, expectAccessible, expectToFit, test } from "./fixtures";

const PAGES = ["incidents", "queue", "knowledge", "gateway", "audit", "settings/you", "settings/keys", "settings/users", "settings/channels"] as const;
type Place = "incidents" | "queue" | "knowledge" | "gateway" | "audit" | "settings";

async function expectSound(page: Page, language: Language, what: string): Promise<void> {
  // Both languages together have seen both schemes in both widths.
  const schemes = language === "en" ? (["dark", "light"] as const) : (["light", "dark"] as const);
  for (const [at, width] of [1280, 390].entries()) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: schemes[at] ?? "dark" });
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", schemes[at] ?? "");
    await expect(page.locator(".loading")).toHaveCount(0);
    await expectToFit(page, `${what} at ${width} px`);
    await expectAccessible(page, `${what}, ${schemes[at]}, at ${width} px`);
  }
}

for (const path of PAGES) {
  test(`${path} fits, and everybody can use it`, async ({ signedIn: page, t, language }) => {
    await page.goto(`/ui/${path}`);
    await expect(page.getByRole("heading", { level: 1, name: t[path.split("/")[0] as Place].title, exact: true })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    await expectSound(page, language, path);
  });
}

test("an incident fits with all its tabs, and everybody can use it", async ({ signedIn: page, diagnosed, t, language }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  for (const tab of [t.incident.tabs.diagnosis, t.incident.tabs.report, t.incident.tabs.alert, t.incident.tabs.audit]) {
    await page.getByRole("tab", { name: tab, exact: true }).click();
    await expect(page.getByRole("tabpanel")).toBeVisible();
    await expectSound(page, language, tab);
  }
});

test("on a phone, the menu leads everywhere", async ({ signedIn: page, t }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto("/ui/incidents");
  await page.getByRole("button", { name: t.app.menu, exact: true }).click();
  const menu = page.locator("[role=dialog]");
  await expectAccessible(page, "the menu");
  await menu.getByRole("link", { name: t.nav.audit, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: t.audit.title })).toBeVisible();
  await expect(menu).toHaveCount(0);
});

test("an address that leads nowhere says so", async ({ signedIn: page, t }) => {
  await page.goto("/ui/nowhere");
  await expect(page.getByText(t.app.notFound)).toBeVisible();
  await page.getByRole("link", { name: t.app.home }).click();
  await expect(page).toHaveURL(/incidents$/);
});
