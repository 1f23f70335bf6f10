import { counted } from "../bytes/size.js";
import type { ViewModule } from "./view.js";

/** The unmasked payload bytes of the frames, and nothing else. */
export const payload: ViewModule = {
  payloadShown: Number.POSITIVE_INFINITY,
  open: ({ write, say }) => ({
    frame({ index, payload: bytes, payloadOmitted }) {
      write(bytes);
      if (payloadOmitted > 0)
        say(`${counted(payloadOmitted, "byte")} of frame ${index}'s payload left out: raise --max-payload`);
    },
    end() {},
    close() {},
  }),
};
