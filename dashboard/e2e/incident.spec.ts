import { MOCKED, expect, expectAccessible, openDiagnosed, test } from "./fixtures";

test("a finding leads to the line it cites", async ({ signedIn: page }) => {
  await openDiagnosed(page);
  await page.locator(".cause .evidence .link").first().click();
  const line = page.locator(".line[data-flash]");
  await expect(line).toBeVisible();
  await expect(line.locator("mark")).toBeVisible();
  await expect(page.getByText("Why it was allowed").first()).toBeVisible();
});

test("what people do shows at once, and in the timeline", async ({ signedIn: page }) => {
  await openDiagnosed(page);
  const timeline = page.locator(".timeline");
  const undo = page.getByRole("button", { name: "Take back acknowledgement" });
  if (await undo.isVisible()) await undo.click();
  await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await expect(undo).toBeVisible();
  await expect(timeline).toContainText("acknowledged it");

  await page.locator(".actions").getByRole("button", { expanded: false }).first().click();
  await page.getByRole("menuitem", { name: "Assign to someone else" }).click();
  await page.getByRole("textbox", { name: "Who" }).fill("noor");
  await expectAccessible(page, "dialog");
  await page.getByRole("button", { name: "Assign", exact: true }).last().click();
  await expect(page.locator(".incident-badges")).toContainText("noor");

  const text = `seen at ${Date.now()}`;
  await page.getByRole("textbox", { name: "Comment" }).fill(text);
  await page.getByRole("button", { name: "Add comment" }).click();
  await expect(page.locator(".comments")).toContainText(text);

  await page.getByRole("button", { name: "Silence", exact: true }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("known, being worked on");
  await page.getByRole("button", { name: "Silence", exact: true }).last().click();
  await expect(page.getByRole("button", { name: "End silence" })).toBeVisible();
  await page.getByRole("button", { name: "End silence" }).click();
  await expect(page.getByRole("button", { name: "Silence", exact: true })).toBeVisible();

  const change = page.locator(".feedback").getByRole("button", { name: "Change" });
  if (await change.isVisible()) await change.click();
  await page.getByRole("button", { name: "Wrong" }).click();
  await page.getByLabel("What was it?").fill("a typing error");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText("Marked as wrong").first()).toBeVisible();
});

test("the report is a page, Markdown and JSON", async ({ signedIn: page }) => {
  await openDiagnosed(page);
  await page.getByRole("tab", { name: "Report" }).click();
  await expect(page.locator(".prose").getByRole("heading").first()).toBeVisible();
  const link = await page.getByRole("link", { name: "Open as a page" }).getAttribute("href");
  expect((await page.request.get(link ?? "")).ok()).toBe(true);
});

test("the timeline grows while it is worked on", async ({ signedIn: page, alert }) => {
  await page.goto("/ui/incidents");
  await expect(page.locator(".sidebar .live")).toHaveAttribute("data-state", "open");
  await expect(page.locator(".row").first()).toBeVisible();
  const before = (await page.locator(".row").first().getAttribute("data-id")) ?? "";
  await alert();
  await expect(page.locator(".row").first()).not.toHaveAttribute("data-id", before);
  await page.locator(".row").first().click();
  await expect(page.locator(".timeline li[data-kind='step']").first()).toBeVisible();
  await expect(page.locator(".timeline li[data-kind='ended']")).toBeVisible({ timeout: 20_000 });
  await expect(page.locator(".commands > li").first()).toBeVisible();
});

test.describe("with the mock", () => {
  test.skip(!MOCKED);

  test("a refusal takes back what was shown", async ({ signedIn: page, control }) => {
    await openDiagnosed(page);
    const undo = page.getByRole("button", { name: "Take back acknowledgement" });
    const acknowledged = await undo.isVisible();
    await control({ do: "refuse", path: new URL(page.url()).pathname.replace("/ui/", "/api/api/v1/"), status: "503" });
    await page.keyboard.press("a");
    await expect(page.locator(".toast[data-bad]")).toContainText("That did not work");
    await control({ do: "allow" });
    await expect(undo).toBeVisible({ visible: acknowledged });
  });
});
