import { expect, test } from "./fixtures";

const ALL = 5000;

test("of 5,000 incidents only those in sight are in the page", async ({ signedIn: page, t }) => {
  test.setTimeout(120_000);
  // Pages made of what the server tells of one incident; to have it look into 5,000 would take longer than all other tests.
  await page.route("**/api/api/v1/incidents?*", async (route) => {
    const answer = await route.fetch();
    const [first] = ((await answer.json()) as { items: { created_at: string }[] }).items;
    if (!first) throw new Error("there is no incident");
    const from = Number(new URL(route.request().url()).searchParams.get("after") ?? 0);
    const items = Array.from({ length: 100 }, (_, n) => ({ ...first, task_id: String(from + n + 1), created_at: new Date(Date.parse(first.created_at) - (from + n) * 1000).toISOString() }));
    await route.fulfill({ response: answer, json: { items, next: from + 100 < ALL ? String(from + 100) : null } });
  });
  await page.goto("/ui/incidents");
  await expect(page.locator(".row").first()).toBeVisible();
  const main = page.locator("#content");
  const end = page.getByText(t.incidents.end);
  await expect(async () => {
    await main.evaluate((one) => one.scrollTo(0, one.scrollHeight));
    await expect(end).toBeVisible({ timeout: 100 });
  }).toPass({ timeout: 60_000, intervals: [50] });
  expect(await page.locator(".row").count()).toBeLessThan(60);
});
