/** Every page, in both languages and both schemes, wide and narrow: its heading is there, nothing sticks out, axe finds nothing serious. */
import { expect, expectAccessible, test } from "./fixtures";

const PAGES = {
  incidents: { en: "Incidents", zh: "事件" },
  queue: { en: "Queue", zh: "队列" },
  knowledge: { en: "Knowledge", zh: "知识库" },
  gateway: { en: "Gateway", zh: "网关" },
  audit: { en: "Audit", zh: "审计" },
  "settings/you": { en: "Settings", zh: "设置" },
  "settings/keys": { en: "Settings", zh: "设置" },
  "settings/users": { en: "Settings", zh: "设置" },
  "settings/channels": { en: "Settings", zh: "设置" },
} as const;

const VARIANTS = [
  { language: "en", scheme: "dark", width: 1280 },
  { language: "en", scheme: "light", width: 390 },
  { language: "zh", scheme: "dark", width: 390 },
  { language: "zh", scheme: "light", width: 1280 },
] as const;

for (const { language, scheme, width } of VARIANTS) {
  test.describe(`${language}, ${scheme}, ${width} px`, () => {
    test.use({ locale: language === "zh" ? "zh-CN" : "en-GB", colorScheme: scheme, viewport: { width, height: 800 } });

    test("every page", async ({ signedIn: page }) => {
      test.setTimeout(180_000);
      for (const [path, title] of Object.entries(PAGES)) {
        await page.goto(`/ui/${path}`);
        await expect(page.getByRole("heading", { level: 1, name: title[language] })).toBeVisible();
        await expect(page.locator(".loading")).toHaveCount(0);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wider, `${path} sticks out`).toBeLessThanOrEqual(0);
        await expectAccessible(page, path);
      }
    });

    test("an incident and its tabs", async ({ signedIn: page }) => {
      test.setTimeout(120_000);
      await page.goto("/ui/incidents?status=completed");
      await page.locator(".row").first().click();
      for (const tab of await page.getByRole("tab").all()) {
        await tab.click();
        await expect(page.locator(".loading")).toHaveCount(0);
        const main = page.locator("#content");
        expect(await main.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
        await expectAccessible(page, (await tab.textContent()) ?? "");
      }
    });

    test("the door", async ({ page }) => {
      await page.goto("/ui/sign-in");
      await expect(page.locator("form")).toBeVisible();
      await expectAccessible(page, "sign-in");
    });
  });
}
