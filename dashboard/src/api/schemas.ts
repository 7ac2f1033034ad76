/** What the services take and answer, as `schema/openapi.json` says. `npm run generate` makes `schema.d.ts` of it. */
import type { components } from "./schema";

export type Schemas = components["schemas"];
