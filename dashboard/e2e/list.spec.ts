import { button, expect, expectAccessible, row, test } from "./fixtures";

test("filters stand in the address", async ({ signedIn: page, t }) => {
  await page.goto("/ui/incidents");
  await expect(page.locator(".row").first()).toBeVisible();
  await page.getByRole("combobox", { name: t.incidents.severity, exact: true }).selectOption("high");
  await expect(page).toHaveURL(/severity=high/);
  await button(page, t.incidents.views.unacknowledged).click();
  await expect(page).toHaveURL(/view=unacknowledged/);
  await expect(page.locator(".row[data-severity='high']").first()).toBeVisible();
  await expect(page.locator(".row:not([data-severity='high'])")).toHaveCount(0);
  await page.keyboard.press("/");
  await page.keyboard.type("nothing is called so");
  await expect(page.getByText(t.incidents.noMatch)).toBeVisible();
  await expect(page).toHaveURL(/q=nothing/);
  await expectAccessible(page, "nothing that matches");
  await button(page, t.incidents.clear).last().click();
  await expect(page).toHaveURL(/\/incidents$/);
  await expect(page.locator(".row").first()).toBeVisible();
});

test("search, status and severity find one among all", async ({ signedIn: page, t, diagnosed, unique, api }) => {
  await page.goto(`/ui/incidents?q=Diagnosed${unique}`);
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(row(page, diagnosed)).toContainText("deployment/catalog");
  await page.getByRole("combobox", { name: t.incidents.statusFilter, exact: true }).selectOption("completed");
  await expect(row(page, diagnosed)).toBeVisible();
  await page.getByRole("combobox", { name: t.incidents.statusFilter, exact: true }).selectOption("failed");
  await expect(page.getByText(t.incidents.noMatch)).toBeVisible();
  await button(page, t.incidents.views.mine).click();
  await expect(page.getByText(t.incidents.noMatch)).toBeVisible();
  // It comes without a reload when it becomes one's own.
  await api.put(`/api/api/v1/incidents/${diagnosed}/assignee`, { data: { assignee: "admin" } });
  await expect(row(page, diagnosed)).toBeVisible();
  const severities = page.getByRole("list", { name: t.incidents.counts }).getByRole("button");
  await severities.filter({ hasText: t.severity.low }).click();
  await expect(page).toHaveURL(/severity=low/);
  await expect(row(page, diagnosed)).toHaveCount(0);
});

test("the keyboard is enough", async ({ signedIn: page }) => {
  await page.goto("/ui/incidents?q=Kube");
  await expect(page.locator(".row").nth(2)).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator(".row").nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await expect(page.locator(".row").nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(page.locator(".row").nth(0)).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "help");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.locator(".row").nth(0).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/incidents\/.+/);
  await expect(page.getByRole("tablist")).toBeVisible();
  await page.keyboard.press("u");
  await expect(page).toHaveURL(/\/incidents$/);
  for (const [key, place] of [["u", "queue"], ["k", "knowledge"], ["g", "gateway"], ["a", "audit"], ["s", "settings"], ["i", "incidents"]] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page).toHaveURL(new RegExp(`/${place}$`));
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});

test("single keys are quiet when one has switched them off", async ({ signedIn: page, t }) => {
  await page.goto("/ui/settings/you");
  await page.getByRole("switch", { name: t.settings.shortcuts }).focus();
  await page.keyboard.press("Space");
  await page.goto("/ui/queue");
  await expect(page.locator(".tile").first()).toBeVisible();
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await page.getByRole("link", { name: t.nav.gateway, exact: true }).click();
  await expect(page).toHaveURL(/gateway$/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("`a` acknowledges, and takes it back", async ({ signedIn: page, diagnosed, unique }) => {
  await page.goto(`/ui/incidents?q=Diagnosed${unique}`);
  await expect(row(page, diagnosed)).toBeVisible();
  await page.keyboard.press("j");
  await expect(row(page, diagnosed)).toBeFocused();
  await page.keyboard.press("a");
  await expect(row(page, diagnosed)).toHaveAttribute("data-acknowledged");
  await page.keyboard.press("a");
  await expect(row(page, diagnosed)).not.toHaveAttribute("data-acknowledged");
});
