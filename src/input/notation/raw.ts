import type { Notation } from "./notation.js";

/** The bytes themselves. */
export const raw: Notation = {
  name: "raw",
  reads: "the bytes themselves",
  probe: ({ text }) => (text === null ? { fit: "sure", why: "bytes that are no text" } : null),
  open: (out) => ({ push: out, end() {} }),
};
