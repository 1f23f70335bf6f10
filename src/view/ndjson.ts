import { safely } from "../bytes/safe-text.js";
import { writeFrameJson } from "./frame-json.js";
import {
  buildEndRecord,
  buildFrameRecords,
  buildHandshakeRecord,
  buildMessageRecord,
  formatRecord,
  MAX_JSON_PAYLOAD_BYTES,
} from "./records.js";
import type { View, ViewModule } from "./view.js";

/** One record per line. */
export const ndjson: ViewModule = {
  maxPayloadShown: MAX_JSON_PAYLOAD_BYTES,
  open: ({ write, out }) => {
    const frame: View["frame"] = (event, findings) => {
      for (const record of buildFrameRecords(event, findings)) write(safely`${formatRecord(record)}\n`);
    };
    return {
      connection() {},
      handshake: (event, findings) => write(safely`${formatRecord(buildHandshakeRecord(event, findings))}\n`),
      frame,
      fastFrame(ordinary) {
        if (!writeFrameJson(ordinary, out)) frame(ordinary.toEvent(), []);
      },
      message: (event, findings) => write(safely`${formatRecord(buildMessageRecord(event, findings))}\n`),
      end: (event, findings) => write(safely`${formatRecord(buildEndRecord(event, findings))}\n`),
      closed() {},
      close() {},
    };
  },
};
