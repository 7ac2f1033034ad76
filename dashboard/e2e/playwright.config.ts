import { defineConfig } from "@playwright/test";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Fixtures } from "./fixtures";

const cache = process.env["AETHERIUS_CACHE"] ?? join(homedir(), ".cache/aetherius");

/** All is done in both languages; each has both schemes somewhere. What only the machinery decides is looked at once. */
export default defineConfig<Fixtures>({
  testDir: ".",
  // What failed is left there, to be looked at.
  outputDir: join(cache, "browser-tests"),
  globalSetup: "./stage/stage.ts",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    timezoneId: "UTC",
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
    // Without pictures of each step, which would take longer than the steps.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "en", use: { locale: "en-GB", colorScheme: "dark", language: "en" } },
    { name: "zh", use: { locale: "zh-CN", colorScheme: "light", language: "zh" }, testIgnore: ["**/live.spec.ts", "**/long-list.spec.ts"] },
  ],
});
