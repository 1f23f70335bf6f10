import type { ViewModule } from "./view.js";

/** Every view: what `--to` calls it, what it shows, and its module, which is loaded when it is used. */
export const VIEWS: Readonly<Record<string, { readonly shows: string; load(): Promise<ViewModule> }>> = {
  table: {
    shows: "each frame as a table of its fields",
    load: () => import("./table.js").then((module) => module.table),
  },
  list: { shows: "one line a frame", load: () => import("./list.js").then((module) => module.list) },
  json: { shows: "one array of records", load: () => import("./json.js").then((module) => module.json) },
  ndjson: { shows: "one record a line", load: () => import("./ndjson.js").then((module) => module.ndjson) },
};
