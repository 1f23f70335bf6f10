import type { ViewModule } from "./view.js";

/** Every view: what `--to` calls it, what it shows, and its module, which is loaded when it is used. */
export const VIEWS: Readonly<Record<string, { readonly shows: string; load(): Promise<ViewModule> }>> = {
  table: {
    shows: "each frame as a table of its fields",
    load: () => import("./table.js").then((module) => module.table),
  },
  list: { shows: "one line a frame", load: () => import("./list.js").then((module) => module.list) },
  bits: {
    shows: "each frame in the shape of RFC 6455's diagram, bit by bit",
    load: () => import("./bits.js").then((module) => module.bits),
  },
  hex: {
    shows: "each frame's bytes, coloured by field, and the unmasked payload",
    load: () => import("./hex.js").then((module) => module.hex),
  },
  json: { shows: "one array of records", load: () => import("./json.js").then((module) => module.json) },
  ndjson: { shows: "one record a line", load: () => import("./ndjson.js").then((module) => module.ndjson) },
  summary: {
    shows: "counts by sender and opcode, and findings by rule",
    load: () => import("./summary.js").then((module) => module.summary),
  },
  payload: {
    shows: "the unmasked payload bytes and nothing else",
    load: () => import("./payload.js").then((module) => module.payload),
  },
};
