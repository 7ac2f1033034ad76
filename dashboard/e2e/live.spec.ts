/** What happens elsewhere shows on an open page, also after the connection was away. */
import type { Page } from "@playwright/test";
import { button, expect, expectAccessible, expectLive, row, test } from "./fixtures";

const LIVE = "**/api/api/v1/live*";

test("an alert of Alertmanager is on an open list without a reload, and is diagnosed there", async ({ signedIn: page, api, t, unique }) => {
  const name = `FromAlertmanager${unique}`;
  await page.goto(`/ui/incidents?q=${name}`);
  await expect(page.getByText(t.incidents.noMatch)).toBeVisible();
  await expectLive(page);
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  const labels = { alertname: name, severity: "critical", namespace: "bookshop" };
  const answer = await api.post(`${process.env["STAGE_ALERTMANAGER"]}/api/v2/alerts`, { headers: { authorization: "" }, data: [{ labels, annotations: { summary: "no pod of the catalog is ready" } }] });
  expect(answer.status()).toBe(200);
  const mine = page.locator(".row");
  await expect(mine).toHaveCount(1);
  await expect(mine).toHaveAttribute("data-severity", "critical");
  await expect(mine).toContainText(t.status.completed);
  await expect(mine).toContainText("deployment/catalog");
  expect(await page.evaluate(() => "stayed" in window)).toBe(true);
  await mine.click();
  await page.getByRole("tab", { name: t.incident.tabs.alert, exact: true }).click();
  await expect(page.locator(".pairs").first()).toContainText("alertmanager");
  await expect(page.getByText("no pod of the catalog is ready")).toBeVisible();
});

test("a connection that is cut is taken up where it ended, and nothing is missed", async ({ signedIn: page, alert, t, unique }) => {
  let cut = false;
  const cuts: (() => void)[] = [];
  const cursors: (string | null)[] = [];
  await page.routeWebSocket(LIVE, (socket) => {
    if (cut) return void socket.close();
    cursors.push(new URL(socket.url()).searchParams.get("cursor"));
    const server = socket.connectToServer();
    cuts.push(() => void Promise.all([socket.close(), server.close()]));
  });
  let lists = 0;
  page.on("request", (request) => (lists += /\/incidents\?/.test(request.url()) ? 1 : 0));
  await page.goto("/ui/incidents");
  await expectLive(page);
  await expect(page.locator(".row").first()).toBeVisible();
  const before = lists;
  cut = true;
  for (const one of cuts) one();
  await expect(page.locator(".banner")).toBeVisible();
  await expectAccessible(page, "cut off");
  const missed = [await alert({ name: `CutFirst${unique}` }), await alert({ name: `CutSecond${unique}` })];
  cut = false;
  await button(page, t.live.now).click();
  for (const id of missed) await expect(row(page, id)).toBeVisible();
  await expectLive(page);
  await expect(page.locator(".banner")).toHaveCount(0);
  expect(cursors[0]).toBeNull();
  expect(cursors.at(-1)).toMatch(/^\d+$/);
  // Told, not asked for.
  expect(lists).toBe(before);
});

test("where the server no longer knows what was missed, all is loaded anew", async ({ signedIn: page, context, alert, unique }) => {
  await forgetCursors(page);
  await page.goto("/ui/incidents");
  await expectLive(page);
  await context.setOffline(true);
  const id = await alert({ name: `Forgotten${unique}` });
  const reloaded = page.waitForRequest(/\/incidents\?/);
  await context.setOffline(false);
  await reloaded;
  await expect(row(page, id)).toBeVisible();
});

/** Each time the page connects again it names a place in the log that the server does not have. */
async function forgetCursors(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
      constructor(address: string | URL) {
        const url = new URL(address);
        if (url.searchParams.has("cursor")) url.searchParams.set("cursor", "999999999");
        super(url);
      }
    };
  });
}

test("what others do shows on an open incident", async ({ signedIn: page, api, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await expectLive(page);
  await expect(page.locator(".timeline")).toBeVisible();
  await api.post(`/api/api/v1/incidents/${diagnosed}/comments`, { data: { text: "seen by somebody else" } });
  await expect(page.locator(".comments")).toContainText("seen by somebody else");
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["commented"] ?? "");
});
