// What the first load costs, as gzip. Fails above the bar.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BAR_KB = 300;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const html = readFileSync(`${dist}index.html`, "utf8");
const first = [...html.matchAll(/(?:src|href)="\/ui\/([^"]+)"/g)].map((match) => match[1]);
const kb = (file) => gzipSync(readFileSync(dist + file)).length / 1024;
const load = first.reduce((sum, file) => sum + kb(file), kb("index.html"));
const all = readdirSync(`${dist}assets`).reduce((sum, file) => sum + kb(`assets/${file}`), 0);
console.log(`first load ${load.toFixed(0)} KB gzip (at most ${BAR_KB}), all assets ${all.toFixed(0)} KB`);
if (load > BAR_KB) process.exit(1);
