/** One incident: what was found, and what people do with it. */
import { button, expect, expectAccessible, test } from "./fixtures";

test("a finding leads to the line it cites", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await page.locator(".cause .evidence .link").first().click();
  const line = page.locator(".line[data-flash]");
  await expect(line).toBeVisible();
  await expect(line.locator("mark")).toBeInViewport();
  await expect(page.getByText(t.incident.why).first()).toBeVisible();
});

test("it is acknowledged, and that is taken back", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await button(page, t.action.acknowledge).click();
  await expect(page.locator(".toast")).toContainText(t.action.done.acknowledge);
  await expect(page.locator(".incident-badges")).toContainText(t.incidents.acknowledgedBy("admin"));
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["acknowledged"] ?? "");
  await button(page, t.action.unacknowledge).click();
  await expect(button(page, t.action.acknowledge)).toBeVisible();
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["unacknowledged"] ?? "");
});

test("it is assigned to oneself, to others and to nobody", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  const badges = page.locator(".incident-badges");
  const menu = page.locator(".actions [aria-haspopup='menu']");
  await menu.click();
  await page.getByRole("menuitem", { name: t.action.assignMe, exact: true }).click();
  await expect(badges).toContainText("admin");
  await menu.click();
  await page.getByRole("menuitem", { name: t.action.assignOther, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("noor");
  await expectAccessible(page, "to whom");
  await button(page.locator("[role=dialog]"), t.action.assign).click();
  await expect(badges).toContainText("noor");
  await menu.click();
  await page.getByRole("menuitem", { name: t.action.unassign, exact: true }).click();
  await expect(badges).not.toContainText("noor");
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["unassigned"] ?? "");
});

test("what people say stays", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  const comment = page.getByRole("textbox", { name: t.incident.comment, exact: true });
  await comment.fill("the tag has a letter in it");
  await button(page, t.incident.commentSend).click();
  await expect(page.locator(".comments")).toContainText("the tag has a letter in it");
  await expect(comment).toHaveValue("");
  await comment.fill("fixed");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".comments > li")).toHaveCount(2);
  await page.reload();
  await expect(page.locator(".comments > li")).toHaveCount(2);
});

test("its alert is silenced, and heard again", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await button(page, t.action.silence).click();
  const dialog = page.locator("[role=dialog]");
  await dialog.getByRole("combobox", { name: t.action.silenceFor }).selectOption("240");
  await dialog.getByRole("textbox", { name: t.action.silenceReason }).fill("known, being worked on");
  await expectAccessible(page, "for how long");
  await button(dialog, t.action.silence).click();
  await expect(page.locator(".incident-badges")).toContainText(t.action.silencedUntil(""));
  await expect(page.locator(".timeline")).toContainText("known, being worked on");
  await button(page, t.action.unsilence).click();
  await expect(button(page, t.action.silence)).toBeVisible();
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["unsilenced"] ?? "");
});

test("people say whether it was right, and what it was", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  const feedback = page.locator(".feedback");
  await button(feedback, t.feedback.right).click();
  await expect(feedback).toContainText(t.feedback.thanksRight);
  await button(feedback, t.feedback.change).click();
  await button(feedback, t.feedback.wrong).click();
  await page.getByRole("textbox", { name: t.feedback.cause }).fill("a typing error");
  await page.getByRole("textbox", { name: t.feedback.note }).fill("of mine");
  await expectAccessible(page, "what was it");
  await button(feedback, t.feedback.send).click();
  await expect(feedback).toContainText(t.feedback.thanksWrong);
  await expect(page.locator(".timeline")).toContainText("a typing error");
  await page.reload();
  await expect(feedback).toContainText(t.feedback.thanksWrong);
});

test("it is diagnosed again", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await button(page, t.action.retry).click();
  await expect(page.locator(".timeline")).toContainText(t.timeline.actions["retried"] ?? "");
  await expect(page.locator(".incident-badges")).toContainText(t.status.completed);
  await expect(page.locator(".cause")).toBeVisible();
});

test("the report is a page, Markdown and JSON", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}?tab=report`);
  await expect(page.locator(".prose").getByRole("heading").first()).toBeVisible();
  for (const name of [t.incident.reportOpen, t.incident.reportMarkdown, t.incident.reportJson]) {
    const link = await page.getByRole("link", { name, exact: true }).getAttribute("href");
    expect((await page.request.get(link ?? "")).ok(), name).toBe(true);
  }
});

test("its audit trail and whom it was told to are there", async ({ signedIn: page, diagnosed, t }) => {
  await page.goto(`/ui/incidents/${diagnosed}`);
  await expect(page.locator(".told")).toContainText("pager");
  await page.reload();
  await expect(page.locator(".told li[data-status='delivered']").filter({ hasText: "pager" })).toBeVisible();
  await page.getByRole("tab", { name: t.incident.tabs.audit, exact: true }).click();
  await expect(page.locator("table")).toContainText("task.completed");
});

test("one that is not there is said not to be there", async ({ signedIn: page }) => {
  await page.goto("/ui/incidents/01a1fa95-e513-7439-b650-eb69cfc7561d");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessible(page, "not there");
});
