import { defineConfig } from "@playwright/test";

const PORT = 4199;
/** Without an address the mock is started, and the tests that change its world behind the page's back run too. */
const mocked = process.env["AETHERIUS_URL"] === undefined;

export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  fullyParallel: false,
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env["AETHERIUS_URL"] ?? `http://127.0.0.1:${PORT}`,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
    trace: "off",
  },
  ...(mocked && { webServer: { command: "node ../test/mock/main.mjs", env: { PORT: String(PORT) }, url: `http://127.0.0.1:${PORT}/ui/`, reuseExistingServer: false } }),
});
