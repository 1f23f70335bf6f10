import { formatCount } from "../bytes/size.js";
import type { ViewModule } from "./view.js";

const EMPTY_BYTES = new Uint8Array(0);

/** The unmasked payload bytes of the frames, and nothing else. */
export const payload: ViewModule = {
  maxPayloadShown: Number.POSITIVE_INFINITY,
  open: ({ write, note }) => ({
    connection() {},
    handshake() {},
    frame({ index, payload: wire, payloadOmitted: left, compressed, message }) {
      // Of a compressed message the inflated payload is meant: it is there with the last frame.
      const bytes = compressed ? (message?.payload ?? EMPTY_BYTES) : wire;
      const payloadOmitted = compressed ? (message?.payloadOmitted ?? 0) : left;
      if (message?.inflated === "limited")
        note(`inflating frame ${index}'s message stopped at the limit: raise --max-payload`);
      write(bytes);
      if (payloadOmitted > 0)
        note(`${formatCount(payloadOmitted, "byte")} of frame ${index}'s payload left out: raise --max-payload`);
    },
    message({ index, message }) {
      write(message.payload);
      if (message.payloadOmitted > 0)
        note(
          `${formatCount(message.payloadOmitted, "byte")} of message ${index}'s payload left out: raise --max-payload`,
        );
    },
    end() {},
    closed() {},
    close() {},
  }),
};
