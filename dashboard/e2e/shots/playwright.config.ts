import { defineConfig } from "@playwright/test";
import type { Fixtures } from "../fixtures";
import tests from "../playwright.config";

/** Pictures of every page against the same stage as the tests: to be looked at, not kept. */
export default defineConfig<Fixtures>({
  ...tests,
  testDir: ".",
  testMatch: "shots.ts",
  globalSetup: "../stage/stage.ts",
  // One after the other, so that none is in the picture of another.
  workers: 1,
  timeout: 180_000,
  projects: [
    { name: "dark-en", use: { locale: "en-GB", colorScheme: "dark", language: "en" } },
    { name: "light-zh", use: { locale: "zh-CN", colorScheme: "light", language: "zh" } },
    { name: "narrow-en", use: { locale: "en-GB", colorScheme: "light", language: "en", viewport: { width: 390, height: 844 } } },
    { name: "narrow-zh", use: { locale: "zh-CN", colorScheme: "dark", language: "zh", viewport: { width: 390, height: 844 } } },
  ],
});
