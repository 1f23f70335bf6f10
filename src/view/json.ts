import { safely } from "../bytes/safe-text.js";
import {
  buildEndRecord,
  buildFrameRecords,
  buildHandshakeRecord,
  buildMessageRecord,
  formatRecord,
  type JsonRecord,
  MAX_JSON_PAYLOAD_BYTES,
} from "./records.js";
import type { ViewModule } from "./view.js";

/** A JSON array of records, with one record per line. */
export const json: ViewModule = {
  maxPayloadShown: MAX_JSON_PAYLOAD_BYTES,
  open({ write }) {
    let any = false;
    const put = (record: JsonRecord): void => {
      write(safely`${any ? safely`,\n` : safely`[\n`}${formatRecord(record)}`);
      any = true;
    };
    return {
      connection() {},
      handshake: (event, findings) => put(buildHandshakeRecord(event, findings)),
      frame: (event, findings) => buildFrameRecords(event, findings).forEach(put),
      message: (event, findings) => put(buildMessageRecord(event, findings)),
      end: (event, findings) => put(buildEndRecord(event, findings)),
      closed() {},
      close: () => write(any ? safely`\n]\n` : safely`[]\n`),
    };
  },
};
