import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import program from "../tauri.conf.json" with { type: "json" };

export default defineConfig({
  plugins: [svelte()],
  define: { __VERSION__: JSON.stringify(program.version) },
  // Files are served from inside the program, from the root of its own scheme.
  base: "./",
  // Typefaces stay files: the page may load none from inside a text.
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : undefined,
  test: { environment: "jsdom", testTimeout: 20_000, include: ["src/**/*.test.ts"] },
});
