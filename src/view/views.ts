import type { ViewModule } from "./view.js";

/** Every view, by its name in `--to`: what it shows, and its module, which is loaded when needed. */
export const VIEWS: Readonly<Record<string, { readonly shows: string; load(): Promise<ViewModule> }>> = {
  table: {
    shows: "a table of the fields of each frame",
    load: () => import("./table.js").then((module) => module.table),
  },
  list: { shows: "one line per frame", load: () => import("./list.js").then((module) => module.list) },
  bits: {
    shows: "each frame as the diagram in RFC 6455, bit by bit",
    load: () => import("./bits.js").then((module) => module.bits),
  },
  hex: {
    shows: "a hex dump, coloured by field, with the unmasked payload",
    load: () => import("./hex.js").then((module) => module.hex),
  },
  json: { shows: "all records as one JSON array", load: () => import("./json.js").then((module) => module.json) },
  ndjson: { shows: "one JSON record per line", load: () => import("./ndjson.js").then((module) => module.ndjson) },
  summary: {
    shows: "counts by sender and opcode, and findings by rule",
    load: () => import("./summary.js").then((module) => module.summary),
  },
  payload: {
    shows: "only the unmasked payload bytes",
    load: () => import("./payload.js").then((module) => module.payload),
  },
};
