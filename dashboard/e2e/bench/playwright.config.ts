import { defineConfig } from "@playwright/test";
import type { Fixtures } from "../fixtures";
import tests from "../playwright.config";

const { globalSetup: _, ...rest } = tests;

/** How fast the dashboard is, on installations of its own. */
export default defineConfig<Fixtures>({
  ...rest,
  testDir: ".",
  testMatch: "bench.ts",
  workers: 1,
  timeout: 900_000,
  projects: [{ name: "en", use: { locale: "en-GB", colorScheme: "dark", language: "en" } }],
});
