import { TOKENS, button, expect, expectAccessible, expectToFit, test } from "./fixtures";

test("who is not signed in comes back to where one wanted to go", async ({ page, t }) => {
  await page.goto("/ui/incidents?severity=high");
  await expect(page).toHaveURL(/\/ui\/sign-in\?next=/);
  await page.locator("label").filter({ hasText: t.signIn.byToken }).last().click();
  const token = page.getByRole("textbox", { name: t.signIn.token });
  await token.fill("wrong");
  await button(page, t.signIn.submit).click();
  await expect(page.getByRole("alert")).toContainText(t.signIn.wrongToken);
  await expectAccessible(page, "a refusal");
  await token.fill(TOKENS.admin);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/ui\/incidents\?severity=high$/);
  await expect(page.getByRole("heading", { level: 1, name: t.incidents.title })).toBeVisible();
});

test("one signs in by name and password, and is not asked again while one stays", async ({ page, context, api, t, unique }) => {
  await api.post("/api/identity/v1/users", { data: { name: unique, display_name: unique, password: "correct horse battery", roles: ["operator"] } });
  await page.goto("/ui/sign-in");
  await page.getByRole("textbox", { name: t.signIn.user }).fill(unique);
  await page.getByRole("textbox", { name: t.signIn.password }).fill("not the password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText(t.signIn.wrong);
  await page.getByRole("textbox", { name: t.signIn.password }).fill("correct horse battery");
  await page.keyboard.press("Enter");
  await expect(page.locator(".sidebar .who-name")).toHaveText(unique);
  // What lets one in for a quarter of an hour is over; what renews it is not.
  await context.clearCookies({ name: "aetherius_token" });
  await page.getByRole("link", { name: t.nav.queue, exact: true }).click();
  await expect(page.locator(".tile").first()).toBeVisible();
  await expect(page).toHaveURL(/queue$/);
});

test("a password is changed by whom it belongs to", async ({ page, api, t, unique }) => {
  await api.post("/api/identity/v1/users", { data: { name: unique, display_name: unique, password: "correct horse battery", roles: ["viewer"] } });
  await page.request.post("/auth/login", { data: { username: unique, password: "correct horse battery" } });
  await page.goto("/ui/settings/you");
  await page.getByRole("textbox", { name: t.settings.oldPassword }).fill("correct horse battery");
  const next = page.getByRole("textbox", { name: t.settings.newPassword });
  await next.fill("short");
  await button(page, t.settings.changePassword).click();
  await expect(page.getByText(t.settings.passwordShort)).toBeVisible();
  await next.fill("another horse battery");
  await button(page, t.settings.changePassword).click();
  await expect(page.locator(".toast")).toContainText(t.settings.passwordChanged);
  const again = await page.request.post("/auth/login", { data: { username: unique, password: "another horse battery" } });
  expect(again.status()).toBe(200);
});

test("signing out closes the door", async ({ signedIn: page, t }) => {
  await page.goto("/ui/queue");
  await page.locator(".sidebar .who").click();
  await page.getByRole("menuitem", { name: t.app.signOut }).click();
  await expect(page).toHaveURL(/\/ui\/sign-in/);
  await page.goto("/ui/queue");
  await expect(page).toHaveURL(/\/ui\/sign-in\?next=/);
});

test("the door is open to everybody", async ({ page }) => {
  for (const scheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto("/ui/sign-in");
      await expect(page.locator("form")).toBeVisible();
      await expectToFit(page, `the door at ${width} px`);
      await expectAccessible(page, `the door, ${scheme}, ${width} px`);
    }
  }
});
