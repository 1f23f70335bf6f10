import { endRecord, frameRecords } from "./records.js";
import type { ViewModule } from "./view.js";

/** One record a line. */
export const ndjson: ViewModule = {
  payloadShown: Number.POSITIVE_INFINITY,
  open: ({ write }) => ({
    frame(event, findings) {
      for (const record of frameRecords(event, findings)) write(`${JSON.stringify(record)}\n`);
    },
    end: (event, findings) => write(`${JSON.stringify(endRecord(event, findings))}\n`),
    close() {},
  }),
};
