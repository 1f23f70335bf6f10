import { formatCount } from "../bytes/size.js";
import type { ViewModule } from "./view.js";

const EMPTY_BYTES = new Uint8Array(0);

/** Only the unmasked payload bytes of the frames. */
export const payload: ViewModule = {
  maxPayloadShown: Number.POSITIVE_INFINITY,
  open: ({ write, note }) => ({
    connection() {},
    handshake() {},
    frame({ index, payload: wire, payloadOmitted: left, compressed, message }) {
      // A compressed message is written inflated, which is possible only at its last frame.
      const bytes = compressed ? (message?.payload ?? EMPTY_BYTES) : wire;
      const payloadOmitted = compressed ? (message?.payloadOmitted ?? 0) : left;
      if (message?.inflated === "limited")
        note(`frame ${index}: inflating its message stopped at the limit (raise --max-payload)`);
      write(bytes);
      if (payloadOmitted > 0)
        note(`frame ${index}: ${formatCount(payloadOmitted, "byte")} of the payload left out (raise --max-payload)`);
    },
    message({ index, message }) {
      write(message.payload);
      if (message.payloadOmitted > 0)
        note(
          `message ${index}: ${formatCount(message.payloadOmitted, "byte")} of the payload left out (raise --max-payload)`,
        );
    },
    end() {},
    closed() {},
    close() {},
  }),
};
