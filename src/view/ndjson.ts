import { text as safely } from "../bytes/safe-text.js";
import { writeFrameJson } from "./frame-json.js";
import {
  endRecord,
  frameRecords,
  handshakeRecord,
  LONGEST_JSON_PAYLOAD,
  messageRecord,
  recordText,
} from "./records.js";
import type { View, ViewModule } from "./view.js";

/** One record a line. */
export const ndjson: ViewModule = {
  payloadShown: LONGEST_JSON_PAYLOAD,
  open: ({ write, out }) => {
    const frame: View["frame"] = (event, findings) => {
      for (const record of frameRecords(event, findings)) write(safely`${recordText(record)}\n`);
    };
    return {
      connection() {},
      handshake: (event, findings) => write(safely`${recordText(handshakeRecord(event, findings))}\n`),
      frame,
      ordinary(ordinary) {
        if (!writeFrameJson(ordinary, out)) frame(ordinary.event(), []);
      },
      message: (event, findings) => write(safely`${recordText(messageRecord(event, findings))}\n`),
      end: (event, findings) => write(safely`${recordText(endRecord(event, findings))}\n`),
      closed() {},
      close() {},
    };
  },
};
