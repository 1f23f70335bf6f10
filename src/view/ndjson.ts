import {
  endRecord,
  frameRecords,
  handshakeRecord,
  LONGEST_JSON_PAYLOAD,
  messageRecord,
  recordText,
} from "./records.js";
import type { ViewModule } from "./view.js";

/** One record a line. */
export const ndjson: ViewModule = {
  payloadShown: LONGEST_JSON_PAYLOAD,
  open: ({ write }) => ({
    connection() {},
    handshake: (event, findings) => write(`${recordText(handshakeRecord(event, findings))}\n`),
    frame(event, findings) {
      for (const record of frameRecords(event, findings)) write(`${recordText(record)}\n`);
    },
    message: (event, findings) => write(`${recordText(messageRecord(event, findings))}\n`),
    end: (event, findings) => write(`${recordText(endRecord(event, findings))}\n`),
    closed() {},
    close() {},
  }),
};
