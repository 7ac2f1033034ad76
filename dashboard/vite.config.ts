import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env["AETHERIUS_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  build: {
    target: "es2022",
    // Nothing inline: the policy of the pages allows scripts and images of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // `scripts/size.mjs` holds what is loaded against the bar.
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: {
      "/api": { target: api, ws: true },
      "/auth": api,
    },
  },
  test: { include: ["src/**/*.test.ts", "test/**/*.test.ts"], environment: "node" },
});
