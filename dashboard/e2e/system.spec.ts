/** The audit chain and the gateway. */
import { button, expect, expectAccessible, test } from "./fixtures";

test("the chain is verified", async ({ signedIn: page, t }) => {
  await page.goto("/ui/audit");
  const words = t.audit.intact("").split(/[:：]/)[0] ?? "";
  await expect(page.getByText(words)).toBeVisible();
  await expect(page.locator("tbody tr").first()).toBeVisible();
  const asked = page.waitForResponse("**/audit/verify");
  await button(page, t.audit.verify).click();
  expect(((await (await asked).json()) as { intact: boolean }).intact).toBe(true);
  await expect(page.getByText(words)).toBeVisible();
});

test("a chain that does not hold is said not to", async ({ signedIn: page, t }) => {
  await page.route("**/audit/verify", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), intact: false, broken_at: 117 } });
  });
  await page.goto("/ui/audit");
  await expect(page.getByText(t.audit.broken("117"))).toBeVisible();
  await expectAccessible(page, "a broken chain");
});

test("links go back to the first, and are narrowed to one thing", async ({ signedIn: page, t }) => {
  await page.goto("/ui/audit");
  const rows = page.locator("tbody tr");
  await expect(rows.first()).toBeVisible();
  const before = await rows.count();
  await button(page, t.audit.older).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(before);
  await rows.filter({ hasText: "task." }).first().getByRole("link").click();
  await expect(page).toHaveURL(/subject=/);
  await expect(rows.first()).toBeVisible();
  await button(page.locator(".chip"), t.incidents.clear).click();
  await expect(page).toHaveURL(/audit$/);
});

test("the gateway tells what passes and where it goes", async ({ signedIn: page, t }) => {
  await page.goto("/ui/gateway");
  await expect(page.getByRole("heading", { name: t.gateway.now })).toBeVisible();
  await expect(page.locator(".cluster").filter({ hasText: "api" }).first()).toContainText(t.gateway.healthy);
  await expect(page.getByRole("rowheader", { name: "webhook" }).first()).toBeVisible();
});
