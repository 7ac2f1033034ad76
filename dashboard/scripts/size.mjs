// Packs what was built, beside it, so that no server has to; and says what the first load costs. Fails above the bar.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const BAR_KB = 300;
/** Below this a packed form saves nothing worth a second file. */
const PACKED_MIN = 1024;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true }).filter((file) => statSync(dist + file).isFile());
const sizes = {};
for (const file of files) {
  const bytes = readFileSync(dist + file);
  const gzip = gzipSync(bytes, { level: 9 });
  sizes[file] = gzip.length;
  if (bytes.length < PACKED_MIN) continue;
  writeFileSync(`${dist}${file}.gz`, gzip);
  writeFileSync(`${dist}${file}.br`, brotliCompressSync(bytes));
}
const html = readFileSync(`${dist}index.html`, "utf8");
const first = ["index.html", ...[...html.matchAll(/(?:src|href)="\/ui\/([^"]+)"/g)].map((match) => match[1])];
const kb = (list) => Math.round(list.reduce((sum, file) => sum + sizes[file], 0) / 1024);
console.log(`first load ${kb(first)} KB gzip (at most ${BAR_KB}), all ${kb(files)} KB`);
if (kb(first) > BAR_KB) process.exit(1);
