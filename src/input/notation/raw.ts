import { decodeLatin1 } from "../../bytes/latin1.js";
import type { Fit, Notation, Sample } from "./notation.js";
import { hasHandshakeHeaders, startsWithHead } from "./text-head.js";

/** The bytes themselves. */
export const raw: Notation = {
  name: "raw",
  reads: "the bytes themselves",
  probe,
  open: (out) => ({ push: out, end() {} }),
};

/** No frame starts like this: raw bytes may be between quotes, also in the form of PHP's var_dump. */
const QUOTED_START = /^\s*(?:string\(\d+\) )?"/;

function probe({ text, bytes }: Sample): Fit | null {
  if (text !== null) return probeText(text);
  const start = decodeLatin1(bytes, 0, 32);
  return { fit: QUOTED_START.test(start) ? "natural" : "sure", why: "bytes that are not text" };
}

/** The text of an opening handshake needs no decoding. */
function probeText(text: string): Fit | null {
  if (startsWithHead(text)) return { fit: "sure", why: "an HTTP head" };
  return hasHandshakeHeaders(text) ? { fit: "natural", why: "headers of a handshake" } : null;
}
