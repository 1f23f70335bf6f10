import { endRecord, frameRecords, LONGEST_JSON_PAYLOAD, recordText } from "./records.js";
import type { ViewModule } from "./view.js";

/** One record a line. */
export const ndjson: ViewModule = {
  payloadShown: LONGEST_JSON_PAYLOAD,
  open: ({ write }) => ({
    frame(event, findings) {
      for (const record of frameRecords(event, findings)) write(`${recordText(record)}\n`);
    },
    end: (event, findings) => write(`${recordText(endRecord(event, findings))}\n`),
    close() {},
  }),
};
