import { endRecord, frameRecords, recordText } from "./records.js";
import type { ViewModule } from "./view.js";

/** One record a line. */
export const ndjson: ViewModule = {
  payloadShown: Number.POSITIVE_INFINITY,
  open: ({ write }) => ({
    frame(event, findings) {
      for (const record of frameRecords(event, findings)) write(`${recordText(record)}\n`);
    },
    end: (event, findings) => write(`${recordText(endRecord(event, findings))}\n`),
    close() {},
  }),
};
