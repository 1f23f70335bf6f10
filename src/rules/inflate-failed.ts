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
  "block-type": () => "the compressed message is no DEFLATE data: a block has the type 3, which is not defined",
  "stored-length": () => "the compressed message is no DEFLATE data: a stored block's length and its complement differ",
  "code-lengths": () => "the compressed message is no DEFLATE data: a block describes its codes wrongly",
  code: () => "the compressed message is no DEFLATE data: bits that are no code, or one that stands for nothing",
  "beyond-window": ({ distance, reach }) =>
    `the compressed message copies from ${formatCount(distance, "byte")} back, further than the window of ${formatCount(reach, "byte")} that was agreed`,
  "beyond-start": ({ distance, reach, lost }) =>
    `the compressed message copies from ${formatCount(distance, "byte")} back, where only ${formatCount(reach, "byte")} came before${lost === null ? "" : ", since a message did not inflate"}`,
  unfinished: () => "the compressed message ends inside a DEFLATE block",
  "no-empty-block": () =>
    "the compressed message does not end as it must: with the start of an empty block, whose last 4 bytes, 00 00 ff ff, are removed",
};

export const inflateFailed: FrameRule<InflateDetail> = {
  id: "inflate-failed",
  severity: "error",
  reference: "RFC 7692 §7.2.2",
  failCode: 1007,
  requirement:
    "With 00 00 ff ff appended, a compressed message is DEFLATE data that copies from no further back than the agreed window.",
  why: "Both sides keep a window of the bytes before. If one side resets its window, uses a larger one than agreed, or drops a message, the other looks back to bytes that were never there. Nothing after that point can be trusted.",
  cause:
    "data that was compressed with zlib's or gzip's header, sent with the 00 00 ff ff that must be removed, or in another context than agreed; or a message that was cut or damaged",
  fix: "write raw DEFLATE, flush with Z_SYNC_FLUSH, remove the last four bytes, and keep or reset the context as the handshake says",
  formatMessage: (fault) => MESSAGES[fault.kind](fault),
  checkFrame({ inflateError }) {
    if (inflateError === null) return null;
    const { offset, length, kind, distance, reach, lost } = inflateError;
    return { offset, length, detail: { kind, distance, reach, lost } };
  },
};
