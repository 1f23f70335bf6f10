import { endRecord, frameRecords, LONGEST_JSON_PAYLOAD, type Record, recordText } from "./records.js";
import type { ViewModule } from "./view.js";

/** One array of records, each on a line of its own. */
export const json: ViewModule = {
  payloadShown: LONGEST_JSON_PAYLOAD,
  open({ write }) {
    let any = false;
    const put = (record: Record): void => {
      write(`${any ? ",\n" : "[\n"}${recordText(record)}`);
      any = true;
    };
    return {
      frame: (event, findings) => frameRecords(event, findings).forEach(put),
      end: (event, findings) => put(endRecord(event, findings)),
      close: () => write(any ? "\n]\n" : "[]\n"),
    };
  },
};
