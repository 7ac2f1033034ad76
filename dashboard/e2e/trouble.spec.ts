/** What fails is said, and what to do about it. */
import { button, expect, expectAccessible, expectLive, row, test } from "./fixtures";

test("what is missed while offline is told afterwards", async ({ signedIn: page, context, alert, t, unique }) => {
  await page.goto("/ui/incidents");
  await expectLive(page);
  await context.setOffline(true);
  await expect(page.getByText(t.live.offline)).toBeVisible();
  await expectAccessible(page, "offline");
  const id = await alert({ name: `Offline${unique}` });
  await expect(row(page, id)).toHaveCount(0);
  await context.setOffline(false);
  await expect(row(page, id)).toBeVisible();
  await expect(page.locator(".banner")).toHaveCount(0);
});

test("an error says what to do, names the request, and can be tried again", async ({ signedIn: page, t }) => {
  const refusal = { type: "about:blank", title: "Unavailable", status: 503, detail: "the database is away; is it running?", code: "unavailable" };
  await page.route("**/api/api/v1/incidents?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", headers: { "x-request-id": "4bf92f3577b34da6" }, json: refusal }));
  await page.goto("/ui/incidents");
  await expect(page.getByRole("alert")).toContainText("is it running?");
  await expect(page.getByRole("alert")).toContainText("4bf92f3577b34da6");
  await expectAccessible(page, "an error");
  await page.unrouteAll();
  await button(page, t.common.retry).click();
  await expect(page.locator(".row").first()).toBeVisible();
});

test("a server that is gone is said to be gone, and is found again", async ({ signedIn: page, t }) => {
  let gone = false;
  // From the start: a browser that is told while requests are under way may hold one back for good.
  await page.route("**/api/**", (route) => (gone ? route.abort("connectionrefused") : route.fallback()));
  await page.goto("/ui/incidents");
  await expect(page.locator(".row").first()).toBeVisible();
  gone = true;
  await page.getByRole("link", { name: t.nav.knowledge, exact: true }).click();
  await expect(page.getByRole("alert")).toContainText(t.error.unreachable);
  gone = false;
  await button(page, t.common.retry).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("what the server refuses is taken back", async ({ signedIn: page, diagnosed, t }) => {
  await page.route("**/acknowledge", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: { type: "about:blank", title: "Unavailable", status: 503, detail: "later", code: "unavailable" } }));
  await page.goto(`/ui/incidents/${diagnosed}`);
  await expect(button(page, t.action.acknowledge)).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.locator(".toast[data-bad]")).toContainText(t.error.action);
  await expect(button(page, t.action.acknowledge)).toBeVisible();
});
