// Types from the committed OpenAPI document. `src/api/*.ts` are written by hand; these show where they differ from it.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const schema = fileURLToPath(new URL("../../schema/openapi.json", import.meta.url));
const out = fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url));
if (!existsSync(schema)) {
  console.log("there is no schema/openapi.json: nothing to generate");
} else {
  execFileSync("npx", ["openapi-typescript", schema, "-o", out], { stdio: "inherit" });
}
