import { button, expect, expectAccessible, test } from "./fixtures";

test("a key is shown once, works, and works no more once it is revoked", async ({ signedIn: page, t, unique, playwright, baseURL }) => {
  await page.goto("/ui/settings/keys");
  await button(page, t.settings.keyAdd).click();
  const dialog = page.locator("[role=dialog]");
  await dialog.getByRole("textbox", { name: t.common.name }).fill(unique);
  await dialog.getByRole("combobox", { name: t.settings.roles }).selectOption("viewer");
  await button(dialog, t.common.create).click();
  const secret = dialog.locator(".secret code");
  await expect(secret).toBeVisible();
  await expectAccessible(page, "the new key");
  const key = (await secret.textContent()) ?? "";
  const program = await playwright.request.newContext({ ...(baseURL && { baseURL }), extraHTTPHeaders: { authorization: `Bearer ${key}` } });
  const status = async () => (await program.get("/api/identity/v1/me")).status();
  await expect.poll(status).toBe(200);
  await button(dialog, t.app.close).last().click();
  const item = page.locator(".thing").filter({ hasText: unique });
  await expect(item).toContainText(t.settings.roleNames["viewer"] ?? "");
  expect(await page.content()).not.toContain(key);
  await item.getByRole("button", { name: `${t.settings.keyRevoke}: ${unique}` }).click();
  await button(dialog, t.settings.keyRevoke).click();
  await expect(item).toContainText(t.settings.keyRevoked);
  await expect.poll(status).toBe(401);
  await program.dispose();
});

test("a user is created, changed, disabled, let in again and deleted", async ({ signedIn: page, t, unique }) => {
  await page.goto("/ui/settings/users");
  await button(page, t.settings.userAdd).click();
  const dialog = page.locator("[role=dialog]");
  await dialog.getByRole("textbox", { name: t.settings.userName }).fill(unique);
  const password = dialog.getByRole("textbox", { name: t.signIn.password });
  await password.fill("short");
  await button(dialog, t.common.create).click();
  await expect(dialog.getByText(t.settings.passwordShort)).toBeVisible();
  await expectAccessible(page, "a password that is too short");
  await password.fill("a long enough password");
  await button(dialog, t.common.create).click();
  const item = page.locator(".thing").filter({ hasText: unique });
  await expect(item).toBeVisible();
  await item.getByRole("combobox").selectOption("operator");
  await expect(item.getByRole("combobox")).toHaveValue("operator");
  const signIn = async () => (await page.request.post("/auth/login", { data: { username: unique, password: "a long enough password" }, headers: { cookie: "" } })).status();
  await item.getByRole("button", { name: `${t.settings.userDisable}: ${unique}` }).click();
  await expect(item).toContainText(t.settings.userDisabled);
  expect(await signIn()).toBe(401);
  await item.getByRole("button", { name: `${t.settings.userEnable}: ${unique}` }).click();
  await expect(item).not.toContainText(t.settings.userDisabled);
  await item.getByRole("button", { name: `${t.settings.userDelete}: ${unique}` }).click();
  await button(dialog, t.settings.userDelete).click();
  await expect(item).toHaveCount(0);
  expect(await signIn()).toBe(401);
});

test("a channel is tried, and the test arrives", async ({ signedIn: page, t }) => {
  const heard = async () => ((await (await fetch(process.env["STAGE_RECEIVER"] ?? "")).json()) as { task_id: unknown }[]).filter((one) => !one.task_id).length;
  await page.goto("/ui/settings/channels");
  const before = await heard();
  await page.getByRole("button", { name: `${t.settings.channelTest}: pager` }).click();
  await expect(page.locator(".thing").filter({ hasText: "pager" })).toContainText(t.settings.channelDelivered);
  expect(await heard()).toBeGreaterThan(before);
  await page.getByRole("button", { name: `${t.settings.channelTest}: nobody` }).click();
  await expect(page.locator(".thing").filter({ hasText: "nobody" })).toContainText(t.settings.channelFailed);
  await expectAccessible(page, "channels that were tried");
});

test("language and theme stay chosen", async ({ signedIn: page }) => {
  const choose = (words: string) => page.locator(".choice label").filter({ hasText: words }).click();
  await page.goto("/ui/settings/you");
  await choose("中文");
  await expect(page.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
  await choose("深色");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh");
  await choose("English");
  await choose("Light");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "light");
});
