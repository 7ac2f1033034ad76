// Types of what the services take and answer, from the OpenAPI document that is generated from their code.
import openapiTS, { astToString } from "openapi-typescript";
import { readFileSync, writeFileSync } from "node:fs";

const schema = new URL("../../schema/openapi.json", import.meta.url);
const out = new URL("../src/api/schema.d.ts", import.meta.url);
const text = astToString(await openapiTS(schema));
// Left alone where it is the same, so that nothing is built anew.
let old = "";
try {
  old = readFileSync(out, "utf8");
} catch {
  // There is none yet.
}
if (text !== old) writeFileSync(out, text);
