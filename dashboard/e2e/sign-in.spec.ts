import { MOCKED, TOKEN, expect, test } from "./fixtures";

test("who is not signed in comes back to where one wanted to go", async ({ page }) => {
  await page.goto("/ui/incidents?severity=high");
  await expect(page).toHaveURL(/\/ui\/sign-in\?next=/);
  await page.getByText("Token", { exact: true }).click();
  await page.getByRole("textbox", { name: "Token" }).fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("not known");
  await page.getByRole("textbox", { name: "Token" }).fill(TOKEN);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/ui\/incidents\?severity=high$/);
  await expect(page.getByRole("heading", { level: 1, name: "Incidents" })).toBeVisible();
});

test("signing out closes the door", async ({ signedIn: page }) => {
  await page.goto("/ui/queue");
  await page.locator(".sidebar .who").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/ui\/sign-in/);
  await page.goto("/ui/queue");
  await expect(page).toHaveURL(/\/ui\/sign-in\?next=/);
});

test.describe("with the mock", () => {
  test.skip(!MOCKED);

  test("a session that has ended is renewed unseen", async ({ page, control }) => {
    await page.goto("/ui/sign-in");
    await page.getByLabel("User name").fill("jonas");
    await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
    await page.keyboard.press("Enter");
    await expect(page.locator(".row").first()).toBeVisible();
    await control({ do: "expire" });
    await page.getByRole("link", { name: "Queue" }).click();
    await expect(page.locator(".tile").first()).toBeVisible();
    await expect(page).toHaveURL(/queue/);
  });

  test("what a role may not do is not offered", async ({ page }) => {
    await page.request.post("/auth/login", { data: { username: "li", password: "correct horse battery" } });
    await page.goto("/ui/settings");
    await expect(page.getByRole("tab")).toHaveText(["You", "Notifications"]);
    await page.goto("/ui/incidents?status=completed");
    await page.locator(".row").first().click();
    await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Add comment" })).toHaveCount(0);
    await page.goto("/ui/knowledge");
    await expect(page.getByRole("button", { name: "Add entry" })).toHaveCount(0);
  });
});
