import { MOCKED, expect, expectAccessible, test } from "./fixtures";

const unique = () => Date.now().toString(36);

test("a key is shown once, and revoked", async ({ signedIn: page }) => {
  const name = `key-${unique()}`;
  await page.goto("/ui/settings/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const secret = page.locator(".secret code");
  await expect(secret).toBeVisible();
  await expectAccessible(page, "the new key");
  const key = (await secret.textContent()) ?? "";
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  const item = page.locator(".thing").filter({ hasText: name });
  await expect(item).toBeVisible();
  expect(await page.content()).not.toContain(key);
  await item.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(item).toContainText("Revoked");
});

test("a user is created, changed, disabled and deleted", async ({ signedIn: page }) => {
  const name = `noor-${unique()}`;
  await page.goto("/ui/settings/users");
  await page.getByRole("button", { name: "Add user" }).click();
  await page.getByRole("textbox", { name: "User name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill("short");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByText("A password needs at least")).toBeVisible();
  await page.getByRole("textbox", { name: "Password" }).fill("a long enough password");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const item = page.locator(".thing").filter({ hasText: name });
  await expect(item).toBeVisible();
  await item.getByRole("combobox").selectOption("operator");
  await expect(item.getByRole("combobox")).toHaveValue("operator");
  await item.getByRole("button", { name: "Disable" }).click();
  await expect(item).toContainText("Disabled");
  await item.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(item).toHaveCount(0);
});

test("a channel is tried", async ({ signedIn: page }) => {
  await page.goto("/ui/settings/channels");
  await expect(page.locator(".loading")).toHaveCount(0);
  const test = page.getByRole("button", { name: /^Send test/ }).first();
  if (!(await test.isVisible())) return;
  await test.click();
  await expect(page.locator(".test-result").first()).toBeVisible();
});

test("language and theme stay chosen", async ({ signedIn: page }) => {
  await page.goto("/ui/settings/you");
  await page.locator(".choice").getByText("中文").click();
  await expect(page.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
  await page.locator(".choice").getByText("深色").click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh");
});

test("knowledge is added, found, changed and deleted", async ({ signedIn: page }) => {
  const title = `Lesson ${unique()}`;
  await page.goto("/ui/knowledge");
  await page.getByRole("button", { name: "Add entry" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Content" }).fill("Look at **redis** first.");
  await page.getByRole("textbox", { name: "Tags" }).fill("redis, shop");
  await page.getByRole("button", { name: "Save" }).click();
  const entry = page.locator(".entry").filter({ hasText: title });
  await expect(entry).toBeVisible();
  await page.getByRole("searchbox").fill(title);
  await expect(entry).toContainText("alike");
  await entry.getByRole("button", { name: title }).click();
  await expect(entry.locator("strong")).toHaveText("redis");
  await entry.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("searchbox").fill("");
  await expect(entry).toHaveCount(0);
});

test("the chain is verified", async ({ signedIn: page, control }) => {
  await page.goto("/ui/audit");
  await page.getByRole("button", { name: "Verify chain" }).click();
  await expect(page.getByText("The chain holds")).toBeVisible();
  if (!MOCKED) return;
  await control({ do: "break" });
  await page.getByRole("button", { name: "Verify chain" }).click();
  await expect(page.getByText("The chain is broken at link 117")).toBeVisible();
  await control({ do: "world", incidents: "40" });
});
