/** What a role may not do is neither offered nor done. */
import { TOKENS, button, expect, test } from "./fixtures";

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("sees all and is offered nothing to do", async ({ signedIn: page, t, diagnosed }) => {
    await page.goto(`/ui/incidents/${diagnosed}`);
    await expect(page.locator(".cause")).toBeVisible();
    await expect(page.locator(".actions")).toHaveCount(0);
    await expect(page.locator(".feedback")).toHaveCount(0);
    await expect(page.getByRole("textbox", { name: t.incident.comment, exact: true })).toHaveCount(0);
    await page.goto("/ui/knowledge");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator(".loading")).toHaveCount(0);
    await expect(button(page, t.knowledge.add)).toHaveCount(0);
    await page.goto("/ui/settings/users");
    await expect(page.getByRole("tab")).toHaveText([t.settings.tabs.you, t.settings.tabs.channels]);
    await page.goto("/ui/settings/channels");
    await expect(page.locator(".thing").first()).toBeVisible();
    await expect(page.getByRole("button", { name: t.settings.channelTest })).toHaveCount(0);
  });

  test("changes nothing by a key, and is refused by the server", async ({ signedIn: page, diagnosed, api }) => {
    await page.goto(`/ui/incidents/${diagnosed}`);
    await expect(page.locator(".cause")).toBeVisible();
    await page.keyboard.press("a");
    const headers = { authorization: `Bearer ${TOKENS.viewer}` };
    const path = `/api/api/v1/incidents/${diagnosed}`;
    expect((await page.request.post(`${path}/acknowledge`, { headers, data: {} })).status()).toBe(403);
    expect((await page.request.get("/api/identity/v1/users", { headers })).status()).toBe(403);
    const { summary } = (await (await api.get(path)).json()) as { summary: { acknowledged_by: string | null } };
    expect(summary.acknowledged_by).toBeNull();
  });
});

test.describe("an operator", () => {
  test.use({ role: "operator" });

  test("acts on incidents, and manages nobody", async ({ signedIn: page, t, diagnosed }) => {
    await page.goto(`/ui/incidents/${diagnosed}`);
    await button(page, t.action.acknowledge).click();
    await expect(button(page, t.action.unacknowledge)).toBeVisible();
    await page.goto("/ui/settings");
    await expect(page.getByRole("tab")).toHaveText([t.settings.tabs.you, t.settings.tabs.channels]);
    await page.goto("/ui/settings/channels");
    await expect(page.getByRole("button", { name: t.settings.channelTest }).first()).toBeVisible();
  });
});

test.describe("an admin", () => {
  test("manages keys and users too", async ({ signedIn: page, t }) => {
    await page.goto("/ui/settings");
    await expect(page.getByRole("tab")).toHaveText([t.settings.tabs.you, t.settings.tabs.keys, t.settings.tabs.users, t.settings.tabs.channels]);
  });
});
