import { copyBytes } from "../../bytes/copy.js";
import { decodeLatin1 } from "../../bytes/latin1.js";
import type { Span } from "../../bytes/span.js";
import { decodeUtf8 } from "../../bytes/utf8.js";
import { isToken, tokenAt } from "./http-syntax.js";

/** A header line of an HTTP head. */
export interface HeaderField {
  readonly name: string;
  /** The value without surrounding blanks; the parts of a folded line are joined by one blank. */
  readonly value: string;
  /** The span of the line without its end, and of its value, in the byte stream. */
  readonly lineSpan: Span;
  readonly valueSpan: Span;
}

/** A fault in a head (RFC 9112 §2.2, §3, §4, §5; RFC 6455 §4.1). */
export type HeadFaultKind =
  /** The request or status line is missing. */
  | "start-line"
  /** A line is not a header: it has no colon, or its name is not a token. */
  | "header-line"
  /** A blank is between a header's name and the colon. */
  | "blank-before-colon"
  /** A header is folded over two lines. */
  | "folded"
  /** Lines end with LF alone. */
  | "bare-lf"
  /** The head has no empty line at its end. */
  | "no-empty-line"
  /** The head is longer than {@link MAX_HEAD_BYTES}; the rest is skipped. */
  | "too-long";

/** Where a head ends: at its empty line, at the first frame, at the end of the input, or at the length limit. */
export type HeadExtent = "complete" | "truncated" | "too-long";

export interface HeadFault extends Span {
  readonly kind: HeadFaultKind;
  /** The invalid text; for line ends, their number. */
  readonly text: string;
}

/** The head of an HTTP request or response: the start line and the header lines, with their faults. */
export interface HttpHead extends Span {
  readonly kind: "request" | "response";
  readonly startLine: Span;
  readonly method: string | null;
  readonly target: string | null;
  /** `HTTP/1.1` */
  readonly version: string | null;
  /** The status code, 0–999. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly headers: readonly HeaderField[];
  /** Whether the head is incomplete, because the input ends or the head is too long; further headers may be missing. */
  readonly isTruncated: boolean;
  /** Whether a gap cuts the head: then only its complete lines are included. */
  readonly isTruncatedByGap: boolean;
  /** The span of the whole head. */
  readonly bytes: Uint8Array;
  readonly faults: readonly HeadFault[];
}

/** All headers with a name, ignoring case (RFC 9110 §5.1). */
export function findHeaders(head: HttpHead | null, name: string): HeaderField[] {
  return head?.headers.filter((header) => header.name.toLowerCase() === name.toLowerCase()) ?? [];
}

/** The elements of a list header, from all its lines (RFC 9110 §5.6.1), without empty ones. */
export function parseListElements(headers: readonly HeaderField[]): string[] {
  return headers.flatMap(({ value }) => value.split(",").map((part) => part.trim())).filter((part) => part !== "");
}

const STATUS_LINE = /^(HTTP\/\d+\.\d+) (\d{3})(?: (.*))?$/;
/** The rest of a request line, after the method. */
const AFTER_METHOD = /^ (\S+) (HTTP\/\d+\.\d+)$/;
/** Invalid start lines that still show the intent. */
const MALFORMED_STATUS_LINE = /^(HTTP\/[\d.]*)?(?:\s*(\d{3}))?/i;
const MALFORMED_REQUEST_LINE = /^([A-Za-z]+)\s+(\S+)(?:\s+(HTTP\/\S*))?\s*$/i;

interface Line extends Span {
  readonly text: string;
  readonly bareLf: boolean;
}

/**
 * Parses a head. It never throws: problems are in `faults`.
 *
 * @param bytes the head, including the empty line at its end, if present
 * @param offset the offset of its first byte in the byte stream
 * @param extent the place where `bytes` end
 */
export function parseHead(bytes: Uint8Array, offset: number, extent: HeadExtent = "complete"): HttpHead {
  const all = splitLines(bytes, offset);
  // Empty lines before the start line are ignored (RFC 9112 §2.2).
  const lines = all.slice(
    Math.max(
      0,
      all.findIndex(({ text }) => text !== ""),
    ),
  );
  const ended = lines.length > 0 && lines.at(-1)?.text === "";
  const content = ended ? lines.slice(0, -1) : lines;
  const faults: HeadFault[] = [];
  const [first] = content;
  const start = first === undefined || isHeaderLine(first.text) ? null : first;
  const headers = parseHeaders(start === null ? content : content.slice(1), faults);
  const startLine = start ?? { offset, length: 0, text: "" };
  const parsed = parseStartLine(startLine.text, headers);
  if (!parsed.exact || hasControl(startLine.text)) {
    const { offset: at, length } = start ?? first ?? { offset, length: bytes.length };
    faults.unshift({ kind: "start-line", offset: at, length, text: start?.text ?? "" });
  }
  const bare = lines.filter(({ bareLf }) => bareLf);
  const [firstBare] = bare;
  if (firstBare !== undefined) {
    faults.push({ kind: "bare-lf", offset: firstBare.offset + firstBare.length, length: 1, text: String(bare.length) });
  }
  if (extent === "too-long") {
    faults.push({ kind: "too-long", offset: startLine.offset, length: startLine.length, text: "" });
  } else if (!ended) {
    const { offset: at, length } = lines.at(-1) ?? { offset, length: 0 };
    faults.push({ kind: "no-empty-line", offset: at, length, text: lines.at(-1)?.text ?? "" });
  }
  const { offset: at, length } = startLine;
  return {
    ...parsed.line,
    offset,
    length: bytes.length,
    startLine: { offset: at, length },
    headers,
    isTruncated: extent !== "complete",
    isTruncatedByGap: false,
    bytes: copyBytes(bytes),
    faults,
  };
}

/** A head without its truncated last header: a part of a value may mean something else. */
export function dropTruncatedLines(head: HttpHead): HttpHead {
  return head.isTruncated
    ? { ...head, headers: head.headers.filter(({ lineSpan }) => isWholeLine(head, lineSpan)) }
    : head;
}

/** Whether the head contains a line end. */
function isWholeLine(head: HttpHead, line: Span): boolean {
  return line.offset + line.length < head.offset + head.length;
}

/** A head cut by a gap: without the cut line, and without faults, because missing bytes cannot be judged. */
export function truncateAtGap(head: HttpHead): HttpHead {
  return {
    ...dropTruncatedLines(head),
    ...(isWholeLine(head, head.startLine) ? {} : NO_START_LINE),
    isTruncatedByGap: true,
    faults: [],
  };
}

function splitLines(bytes: Uint8Array, offset: number): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lf = bytes.indexOf(0x0a, at);
    const end = lf < 0 ? bytes.length : lf;
    const cr = end > at && bytes[end - 1] === 0x0d;
    const content = bytes.subarray(at, cr ? end - 1 : end);
    lines.push({ offset: offset + at, length: content.length, text: decodeHeadText(content), bareLf: lf >= 0 && !cr });
    at = lf < 0 ? bytes.length : lf + 1;
  }
  return lines;
}

/** Decodes a head: as UTF-8 if valid, else as Latin-1, which older HTTP used. Most heads are ASCII. */
function decodeHeadText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeLatin1(bytes);
}

/** Whether a line is a header rather than a start line: a name, then a colon. */
function isHeaderLine(text: string): boolean {
  const colon = text.indexOf(":");
  return colon > 0 && isToken(text.slice(0, colon).trimEnd());
}

interface StartLine {
  readonly kind: "request" | "response";
  readonly method: string | null;
  readonly target: string | null;
  readonly version: string | null;
  readonly status: number | null;
  readonly reason: string | null;
}

const NO_START_LINE = { method: null, target: null, version: null, status: null, reason: null };

function parseStartLine(text: string, headers: readonly HeaderField[]): { line: StartLine; exact: boolean } {
  const status = STATUS_LINE.exec(text);
  if (status !== null) {
    const [, version = "", code, reason = ""] = status;
    return { line: { ...NO_START_LINE, kind: "response", version, status: Number(code), reason }, exact: true };
  }
  const method = tokenAt(text, 0);
  const request = method === "" ? null : AFTER_METHOD.exec(text.slice(method.length));
  if (request !== null) {
    const [, target = "", version = ""] = request;
    return { line: { ...NO_START_LINE, kind: "request", method, target, version }, exact: true };
  }
  return { line: guessStartLine(text, headers), exact: false };
}

/** Guesses what an invalid or missing start line was meant to be. */
function guessStartLine(text: string, headers: readonly HeaderField[]): StartLine {
  const answers = headers.some(({ name }) => /^(sec-websocket-accept|server)$/i.test(name));
  const nearly = MALFORMED_REQUEST_LINE.exec(text);
  if (nearly !== null && !/^HTTP/i.test(text)) {
    const [, method = "", target = "", version = null] = nearly;
    return { ...NO_START_LINE, kind: "request", method, target, version };
  }
  if (!answers && !/^(HTTP\/|\d{3}\b)/i.test(text)) return { ...NO_START_LINE, kind: "request" };
  const [start = "", version = null, code] = MALFORMED_STATUS_LINE.exec(text) ?? [];
  const reason = text.slice(start.length).trimStart();
  const known = code === undefined ? null : Number(code);
  return { ...NO_START_LINE, kind: "response", version, status: known, reason: reason === "" ? null : reason };
}

function parseHeaders(lines: readonly Line[], faults: HeadFault[]): HeaderField[] {
  const headers: HeaderField[] = [];
  /** The lines that fold the last header. */
  let folds: Line[] = [];
  const fold = (): void => {
    const last = headers.at(-1);
    if (last !== undefined && folds.length > 0) headers[headers.length - 1] = unfoldHeader(last, folds);
    folds = [];
  };
  for (const line of lines) {
    const { text, offset, length } = line;
    if ((text.startsWith(" ") || text.startsWith("\t")) && headers.length > 0) {
      faults.push({ kind: "folded", offset, length, text: text.trim() });
      folds.push(line);
      continue;
    }
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(0, colon));
    const named = isToken(name.trimEnd());
    if (!named || hasControl(text)) faults.push({ kind: "header-line", offset, length, text });
    if (!named) continue;
    fold();
    if (name !== name.trimEnd())
      faults.push({ kind: "blank-before-colon", offset, length: name.length, text: name.trimEnd() });
    headers.push({
      name: name.trimEnd(),
      value: text.slice(colon + 1).trim(),
      lineSpan: { offset, length },
      valueSpan: findValueSpan(line, colon),
    });
  }
  fold();
  return headers;
}

/** A header joined with the lines that fold it. */
function unfoldHeader(header: HeaderField, folds: readonly Line[]): HeaderField {
  const last = folds[folds.length - 1] as Line;
  const end = last.offset + last.length;
  return {
    ...header,
    value: [header.value, ...folds.map(({ text }) => text.trim())].filter((part) => part !== "").join(" "),
    lineSpan: { offset: header.lineSpan.offset, length: end - header.lineSpan.offset },
    valueSpan: { offset: header.valueSpan.offset, length: end - header.valueSpan.offset },
  };
}

/** Whether a header value has control characters other than tabs, which RFC 9110 §5.5 forbids. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

/** The span of a value, without surrounding blanks. */
function findValueSpan({ text, offset, length }: Line, colon: number): Span {
  const value = text.slice(colon + 1);
  const before = value.length - value.trimStart().length;
  const after = value.trim() === "" ? 0 : value.length - value.trimEnd().length;
  const start = colon + 1 + (value.trim() === "" ? 0 : before);
  return { offset: offset + start, length: length - start - after };
}
