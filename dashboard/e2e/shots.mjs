// Pictures of every page, dark and light, in both languages, wide and narrow, into e2e/shots: to be looked at, not kept.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const url = process.env.AETHERIUS_URL;
const token = process.env.AETHERIUS_TOKEN;
const only = process.argv.slice(2);
const out = fileURLToPath(new URL("./shots/", import.meta.url));
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const variants = [
  ["dark", "en", 1280],
  ["light", "en", 1280],
  ["dark", "zh", 390],
  ["light", "en", 390],
  ["light", "zh", 1280],
];
for (const [theme, language, width] of variants) {
  const context = await browser.newContext({ viewport: { width, height: width > 700 ? 800 : 844 }, colorScheme: theme, locale: language === "zh" ? "zh-CN" : "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.log(theme, language, width, page.url(), message.text()));
  page.on("pageerror", (error) => console.log("PAGE ERROR", page.url(), error.message));
  const shot = async (name) => {
    if (only.length > 0 && !only.some((one) => name.includes(one))) return;
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${out}${name}-${theme}-${language}-${width}.png` });
  };
  await page.goto(`${url}/ui/sign-in`);
  await page.getByRole("button").last().waitFor();
  await shot("sign-in");
  await context.request.post(`${url}/auth/login`, { data: { token } });
  await page.goto(`${url}/ui/incidents`);
  await page.locator(".row").first().waitFor();
  await shot("incidents");
  const ids = await page.locator(".row").evaluateAll((rows) => rows.map((row) => row.dataset.id));
  for (const [n, id] of ids.slice(0, 8).entries()) {
    if (![0, 3, 5].includes(n)) continue;
    await page.goto(`${url}/ui/incidents/${id}`);
    await page.locator("h1").waitFor();
    await shot(`incident${n}`);
    if (n === 3) {
      await page.locator("#content").evaluate((main) => main.scrollTo(0, 700));
      await shot(`incident${n}-below`);
      await page.goto(`${url}/ui/incidents/${id}?tab=report`);
      await page.locator(".prose").waitFor();
      await shot("report");
    }
  }
  for (const name of ["queue", "knowledge", "gateway", "audit", "settings/you", "settings/keys", "settings/users", "settings/channels"]) {
    await page.goto(`${url}/ui/${name}`);
    await page.locator("h1").waitFor();
    await shot(name.replace("/", "-"));
  }
  await context.close();
}
await browser.close();
