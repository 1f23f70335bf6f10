import { text as safely } from "../bytes/safe-text.js";
import {
  endRecord,
  frameRecords,
  handshakeRecord,
  LONGEST_JSON_PAYLOAD,
  messageRecord,
  type Record,
  recordText,
} from "./records.js";
import type { ViewModule } from "./view.js";

/** One array of records, each on a line of its own. */
export const json: ViewModule = {
  payloadShown: LONGEST_JSON_PAYLOAD,
  open({ write }) {
    let any = false;
    const put = (record: Record): void => {
      write(safely`${any ? safely`,\n` : safely`[\n`}${recordText(record)}`);
      any = true;
    };
    return {
      connection() {},
      handshake: (event, findings) => put(handshakeRecord(event, findings)),
      frame: (event, findings) => frameRecords(event, findings).forEach(put),
      message: (event, findings) => put(messageRecord(event, findings)),
      end: (event, findings) => put(endRecord(event, findings)),
      closed() {},
      close: () => write(any ? safely`\n]\n` : safely`[]\n`),
    };
  },
};
