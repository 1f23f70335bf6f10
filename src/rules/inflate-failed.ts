import { formatCount } from "../bytes/size.js";
import type { InflateError } from "../protocol/deflate/message-inflater.js";
import type { FrameRule } from "./rule.js";

interface InflateDetail {
  readonly [key: string]: string | number | null;
  readonly kind: InflateError["kind"];
  readonly distance: number;
  readonly reach: number;
  readonly lost: InflateError["lost"];
}

const MESSAGES: Readonly<Record<InflateError["kind"], (fault: InflateDetail) => string>> = {
  "block-type": () => "the compressed message is not valid DEFLATE data: a block has the undefined type 3",
  "stored-length": () =>
    "the compressed message is not valid DEFLATE data: the length of a stored block does not match its complement",
  "code-lengths": () =>
    "the compressed message is not valid DEFLATE data: a block has an invalid table of Huffman codes",
  code: () => "the compressed message is not valid DEFLATE data: some bits are not a code, or a code without a meaning",
  "beyond-window": ({ distance, reach }) =>
    `the compressed message refers ${formatCount(distance, "byte")} back, beyond the agreed window of ${formatCount(reach, "byte")}`,
  "beyond-start": ({ distance, reach, lost }) =>
    `the compressed message refers ${formatCount(distance, "byte")} back, but only ${formatCount(reach, "byte")} came before it${lost === null ? "" : ", because an earlier message did not inflate"}`,
  unfinished: () => "the compressed message ends inside a DEFLATE block",
  "no-empty-block": () =>
    "the compressed message has an invalid end: it must end with the start of an empty block, whose last 4 bytes (00 00 ff ff) are removed",
};

export const inflateFailed: FrameRule<InflateDetail> = {
  id: "inflate-failed",
  severity: "error",
  reference: "RFC 7692 §7.2.2",
  failCode: 1007,
  requirement:
    "A compressed message, with 00 00 ff ff appended, must be DEFLATE data that refers back no further than the agreed window.",
  why: "Both sides keep a window of earlier bytes. If one side resets its window, uses a larger one than agreed, or drops a message, the other side looks for bytes that it never had. Nothing after that point can be trusted.",
  cause:
    "data compressed with a zlib or gzip header, sent with the 00 00 ff ff that must be removed, or compressed in another context than agreed; or a message that was cut or damaged",
  fix: "write raw DEFLATE, flush with Z_SYNC_FLUSH, remove the last 4 bytes, and keep or reset the context as agreed in the handshake",
  formatMessage: (fault) => MESSAGES[fault.kind](fault),
  checkFrame({ inflateError }) {
    if (inflateError === null) return null;
    const { offset, length, kind, distance, reach, lost } = inflateError;
    return { offset, length, detail: { kind, distance, reach, lost } };
  },
};
