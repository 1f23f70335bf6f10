import { copyBytes } from "../../bytes/copy.js";
import { decodeLatin1 } from "../../bytes/latin1.js";
import type { Span } from "../../bytes/span.js";
import { decodeUtf8 } from "../../bytes/utf8.js";

/** A header line of an HTTP head, as it stands there. */
export interface HeaderField {
  readonly name: string;
  /** Without the blanks around it; the parts of a folded line with one blank between them. */
  readonly value: string;
  /** The whole line without its end, and the value in it: bytes of the byte stream. */
  readonly lineSpan: Span;
  readonly valueSpan: Span;
}

/** What is wrong with a head (RFC 9112 §2.2, §3, §4, §5; RFC 6455 §4.1). */
export type HeadFaultKind =
  /** No request or status line. */
  | "start-line"
  /** A line that is no header: without a colon, or with a name that is no token. */
  | "header-line"
  /** A blank between a header's name and the colon. */
  | "blank-before-colon"
  /** A header that goes on in the next line. */
  | "folded"
  /** Line ends that are LF alone. */
  | "bare-lf"
  /** The head ends without an empty line. */
  | "no-empty-line";

export interface HeadFault extends Span {
  readonly kind: HeadFaultKind;
  /** What stands there, or, of line ends, how many. */
  readonly text: string;
}

/** The head of an HTTP request or response: the start line and the header lines, oddities included. */
export interface HttpHead extends Span {
  readonly kind: "request" | "response";
  readonly startLine: Span;
  readonly method: string | null;
  readonly target: string | null;
  /** `HTTP/1.1` */
  readonly version: string | null;
  /** A status code, 0–999. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly headers: readonly HeaderField[];
  /** Whether the input ends inside it, so that what it lacks may have been there. */
  readonly isTruncated: boolean;
  /** Whether bytes of it are missing, behind those that are there: then it has only the lines that are whole. */
  readonly isTruncatedByGap: boolean;
  /** All its bytes. */
  readonly bytes: Uint8Array;
  readonly faults: readonly HeadFault[];
}

/** Every header of a name, in any case (RFC 9110 §5.1). */
export function findHeaders(head: HttpHead | null, name: string): HeaderField[] {
  return head?.headers.filter((header) => header.name.toLowerCase() === name.toLowerCase()) ?? [];
}

/** The elements of a header that is a list, from all its lines (RFC 9110 §5.6.1), without empty ones. */
export function parseListElements(headers: readonly HeaderField[]): string[] {
  return headers.flatMap(({ value }) => value.split(",").map((part) => part.trim())).filter((part) => part !== "");
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const STATUS_LINE = /^(HTTP\/\d+\.\d+) (\d{3})(?: (.*))?$/;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP\/\d+\.\d+)$/;
/** Start lines that are wrong, but tell what they were meant to be. */
const MALFORMED_STATUS_LINE = /^(HTTP\/[\d.]*)?(?:\s*(\d{3}))?/i;
const MALFORMED_REQUEST_LINE = /^([A-Za-z]+)\s+(\S+)(?:\s+(HTTP\/\S*))?\s*$/i;

/** Whether a text is a token (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

interface Line extends Span {
  readonly text: string;
  readonly bareLf: boolean;
}

/**
 * Reads a head.
 *
 * @param bytes the head, with the empty line that ends it if that is there
 * @param offset of its first byte in the byte stream
 * @param cut whether the input ends inside it
 */
export function parseHead(bytes: Uint8Array, offset: number, cut = false): HttpHead {
  const all = splitLines(bytes, offset);
  // Empty lines before the start line are left out of account (RFC 9112 §2.2).
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
  if (!ended) {
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
    isTruncated: cut,
    isTruncatedByGap: false,
    bytes: copyBytes(bytes),
    faults,
  };
}

/** A head without the header inside which it is cut: what is there of that says something else than the whole. */
export function dropTruncatedLines(head: HttpHead): HttpHead {
  return head.isTruncated
    ? { ...head, headers: head.headers.filter(({ lineSpan }) => isWholeLine(head, lineSpan)) }
    : head;
}

/** Whether a line's end is there. */
function isWholeLine(head: HttpHead, line: Span): boolean {
  return line.offset + line.length < head.offset + head.length;
}

/** What is known of a head that a gap cuts: nothing of the line that it cuts, and nothing is wrong with what is not there. */
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

/** Text of a head: ASCII as a rule; UTF-8 where it is that, else each byte a character, as HTTP once had it. */
function decodeHeadText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeLatin1(bytes);
}

/** Whether a line is a header rather than a start line: a name, and a colon behind it. */
function isHeaderLine(text: string): boolean {
  const colon = text.indexOf(":");
  return colon > 0 && TOKEN.test(text.slice(0, colon).trimEnd());
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
  const request = REQUEST_LINE.exec(text);
  if (request !== null) {
    const [, method = "", target = "", version = ""] = request;
    return { line: { ...NO_START_LINE, kind: "request", method, target, version }, exact: true };
  }
  return { line: guessStartLine(text, headers), exact: false };
}

/** What a start line that is wrong, or not there, was meant to be. */
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
    if (/^[ \t]/.test(text) && headers.length > 0) {
      faults.push({ kind: "folded", offset, length, text: text.trim() });
      folds.push(line);
      continue;
    }
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(0, colon));
    const named = TOKEN.test(name.trimEnd());
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

/** A header that goes on in the lines behind it, all of them put together once. */
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

/** A header has no control characters but tabs (RFC 9110 §5.5). */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

/** The bytes of a value, blanks around it left out. */
function findValueSpan({ text, offset, length }: Line, colon: number): Span {
  const value = text.slice(colon + 1);
  const before = value.length - value.trimStart().length;
  const after = value.trim() === "" ? 0 : value.length - value.trimEnd().length;
  const start = colon + 1 + (value.trim() === "" ? 0 : before);
  return { offset: offset + start, length: length - start - after };
}
