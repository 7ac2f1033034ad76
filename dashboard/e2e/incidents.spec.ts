import { MOCKED, expect, expectAccessible, openList, test } from "./fixtures";

test("filters stand in the address", async ({ signedIn: page }) => {
  await openList(page);
  await page.getByLabel("Severity", { exact: true }).selectOption("high");
  await expect(page).toHaveURL(/severity=high/);
  await page.getByRole("button", { name: "To acknowledge" }).click();
  await expect(page).toHaveURL(/view=unacknowledged/);
  await page.keyboard.press("/");
  await page.keyboard.type("nothing is called so");
  await expect(page.getByText("No incident matches")).toBeVisible();
  await expect(page).toHaveURL(/q=nothing/);
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await expect(page).toHaveURL(/\/incidents$/);
  await expect(page.locator(".row").first()).toBeVisible();
});

test("the keyboard is enough", async ({ signedIn: page }) => {
  await openList(page);
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
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await expect(page).toHaveURL(/\/queue$/);
});

test("`a` acknowledges, and takes it back", async ({ signedIn: page }) => {
  await openList(page);
  await page.keyboard.press("j");
  const row = page.locator(".row").nth(0);
  await expect(row).toBeFocused();
  const before = (await row.getAttribute("data-acknowledged")) !== null;
  for (const acknowledged of [!before, before]) {
    await page.keyboard.press("a");
    if (acknowledged) await expect(row).toHaveAttribute("data-acknowledged");
    else await expect(row).not.toHaveAttribute("data-acknowledged");
  }
});

test("an alert is on an open page within half a second, without a reload", async ({ signedIn: page, alert }) => {
  await openList(page);
  await expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");
  const first = await page.locator(".row").first().getAttribute("data-id");
  const arrived = page.evaluate(
    (before) =>
      new Promise<number>((resolve) => {
        const look = () => (document.querySelector<HTMLElement>(".row")?.dataset["id"] === before ? requestAnimationFrame(look) : resolve(Date.now()));
        look();
      }),
    first,
  );
  await alert();
  const accepted = Date.now();
  expect((await arrived) - accepted).toBeLessThan(500);
});

test("what is missed while offline is told afterwards", async ({ signedIn: page, context, alert }) => {
  await openList(page);
  await expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");
  const first = (await page.locator(".row").first().getAttribute("data-id")) ?? "";
  await context.setOffline(true);
  await expect(page.getByText("You are offline")).toBeVisible();
  await expectAccessible(page, "offline");
  await alert();
  await context.setOffline(false);
  await expect(page.locator(".row").first()).not.toHaveAttribute("data-id", first);
  await expect(page.locator(".banner")).toHaveCount(0);
});

test.describe("with the mock", () => {
  test.skip(!MOCKED);

  test("a cursor that is too old loads anew", async ({ signedIn: page, control }) => {
    await openList(page);
    await expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");
    await control({ do: "arrive", live: "no" });
    await page.waitForTimeout(300);
    const first = (await page.locator(".row").first().getAttribute("data-id")) ?? "";
    await control({ do: "refuse", path: "/none", live: "" });
    await control({ do: "drop" });
    await control({ do: "arrive", live: "no" });
    await control({ do: "forget" });
    await expect(page.locator(".banner")).toBeVisible();
    await control({ do: "allow" });
    await page.getByRole("button", { name: "Try now" }).click();
    await expect(page.locator(".row").first()).not.toHaveAttribute("data-id", first);
  });

  test("an error says what to do, names the request, and can be tried again", async ({ signedIn: page, control }) => {
    await control({ do: "refuse", path: "/api/api/v1/incidents", status: "503" });
    await page.goto("/ui/incidents");
    await expect(page.getByRole("alert")).toContainText("is it running?", { timeout: 20_000 });
    await expect(page.getByRole("alert")).toContainText("4bf92f3577b34da6");
    await expectAccessible(page, "error");
    await control({ do: "allow" });
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator(".row").first()).toBeVisible();
  });

  test("where there is nothing the demo begins", async ({ signedIn: page, control }) => {
    await control({ do: "world", incidents: "0" });
    await page.goto("/ui/incidents");
    await expect(page.getByRole("heading", { name: "All quiet" })).toBeVisible();
    await expect(page.getByText("/webhook/alertmanager")).toBeVisible();
    await expectAccessible(page, "empty");
    await page.getByRole("button", { name: "Start the demo" }).click();
    await expect(page.locator(".row").first()).toBeVisible();
    await expect(page.locator(".demo-bar")).toBeVisible();
    await expect(page.locator(".row").first().getByText("Diagnosed")).toBeVisible({ timeout: 20_000 });
    await control({ do: "world", incidents: "40" });
  });

  test("5,000 incidents scroll without a task over 100 ms", async ({ signedIn: page, control }) => {
    test.setTimeout(120_000);
    await control({ do: "world", incidents: "5000" });
    await openList(page);
    await page.evaluate(() => {
      const long: number[] = [];
      (window as unknown as { long: number[] }).long = long;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => long.push(entry.duration))).observe({ type: "longtask" });
    });
    const main = page.locator("#content");
    for (let turn = 0; turn < 160; turn += 1) {
      await main.evaluate((one) => one.scrollBy(0, 2400));
      await page.waitForTimeout(25);
      if (await page.getByText("That is all").isVisible()) break;
    }
    await expect(page.getByText("That is all")).toBeVisible();
    expect(await page.locator(".row").count()).toBeLessThan(60);
    const long = await page.evaluate(() => (window as unknown as { long: number[] }).long);
    expect(Math.max(0, ...long)).toBeLessThan(100);
    await control({ do: "world", incidents: "40" });
  });
});
