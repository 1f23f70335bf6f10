import { decodeLatin1 } from "../../bytes/latin1.js";
import type { Fit, Notation, Sample } from "./notation.js";
import { beginsWithHead, hasHeaders } from "./text-head.js";

/** The bytes themselves. */
export const raw: Notation = {
  name: "raw",
  reads: "the bytes themselves",
  probe,
  open: (out) => ({ push: out, end() {} }),
};

/** No frame begins with a quote, or as PHP's var_dump does: raw bytes may stand between quotes. */
const QUOTED = /^\s*(?:string\(\d+\) )?"/;

function probe({ text, bytes }: Sample): Fit | null {
  if (text !== null) return probeText(text);
  const start = decodeLatin1(bytes, 0, 32);
  return { fit: QUOTED.test(start) ? "natural" : "sure", why: "bytes that are no text" };
}

/** Text stands for itself where it is an opening handshake. */
function probeText(text: string): Fit | null {
  if (beginsWithHead(text)) return { fit: "sure", why: "an HTTP head" };
  return hasHeaders(text) ? { fit: "natural", why: "headers of a handshake" } : null;
}
