/** While an incident is worked on: a cluster answers when the test lets it. */
import { button, expect, expectAccessible, expectLive, row, summaryOf, test } from "./fixtures";
import { letGo } from "./stage/slow-cluster";

test("the timeline grows while it is worked on", async ({ signedIn: page, alert, t, unique }) => {
  const id = await alert({ name: `Slow${unique}`, cluster_id: "slow", namespace: unique });
  await page.goto(`/ui/incidents/${id}`);
  await expectLive(page);
  await expect(page.locator(".incident-badges")).toContainText(t.status.running);
  await expect(page.locator(".verdict[data-kind='working']")).toBeVisible();
  await expectAccessible(page, "in work");
  const steps = page.locator(".timeline li[data-kind='step']");
  await expect(steps).toHaveCount(0);
  letGo(unique, "pods");
  await expect(steps).toHaveCount(1);
  await expect(page.locator(".commands > li")).toHaveCount(1);
  letGo(unique, "events");
  await expect(steps).toHaveCount(2);
  await expect(page.locator(".timeline li[data-kind='ended']")).toHaveCount(0);
  letGo(unique);
  await expect(page.locator(".timeline li[data-kind='ended']")).toBeVisible();
  await expect(page.locator(".incident-badges")).toContainText(t.status.completed);
  await expect(page.getByRole("heading", { name: t.incident.noRootCause, exact: true })).toBeVisible();
  expect(await steps.count()).toBeGreaterThan(2);
});

test("the diagnosis is stopped on its page", async ({ signedIn: page, alert, t, unique }) => {
  const id = await alert({ name: `Stopped${unique}`, cluster_id: "slow", namespace: unique });
  await page.goto(`/ui/incidents/${id}`);
  await expectLive(page);
  await button(page, t.action.cancel).click();
  await expect(page.locator(".incident-badges")).toContainText(t.status.cancelled);
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["cancelled"] ?? "");
  letGo(unique);
  // And taken up again.
  await button(page, t.action.retry).click();
  await expect(page.locator(".incident-badges")).toContainText(t.status.completed);
});

test("what is in work is in the queue, and is stopped there", async ({ signedIn: page, api, alert, t, unique }) => {
  const name = `Queued${unique}`;
  const id = await alert({ name, cluster_id: "slow", namespace: unique });
  await page.goto("/ui/queue");
  const task = page.locator(".task").filter({ hasText: name });
  await expect(task).toContainText(t.status.running);
  await expectAccessible(page, "a task in work");
  await task.getByRole("button", { name: `${t.action.cancel}: ${name}` }).click();
  await expect(task).toHaveCount(0);
  await expect.poll(async () => (await summaryOf(api, id)).status).toBe("cancelled");
  letGo(unique);
});

test("what is in work is in a view of its own, until it has ended", async ({ signedIn: page, alert, t, unique }) => {
  const id = await alert({ name: `Working${unique}`, cluster_id: "slow", namespace: unique });
  await page.goto("/ui/incidents");
  await button(page, t.incidents.views.running).click();
  await expect(row(page, id)).toContainText(t.incidents.diagnosing);
  letGo(unique);
  await expect(row(page, id)).toHaveCount(0);
});
