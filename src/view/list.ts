import { formatIsoTime, formatSeconds, type PacketTimestamp } from "../bytes/packet-timestamp.js";
import { escapeText, makeSafe, safely } from "../bytes/safe-text.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { FastFrame } from "../protocol/fast-frame.js";
import type { Frame, Sender } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import { formatExtension } from "../protocol/handshake/extensions.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { Message } from "../protocol/message-assembler.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { formatCompressedSize, isTextMessage, lacksContext } from "./compression.js";
import {
  formatBodyNote,
  formatCloseCode,
  formatConnection,
  formatOpcode,
  formatPayloadPreview,
  isTextPayload,
  messageCloseCode,
  SEVERITY_MARKS,
} from "./describe.js";
import { FrameLineWriter } from "./frame-line.js";
import { lineWidth, paint, type StyledLine, type StyledSpan, safeSpan, span, trimEnd, wrap } from "./styled.js";
import { PLAIN_THEME } from "./theme.js";
import { formatVerdict, hasVerdict } from "./verdict.js";
import type { ConnectionStartEvent, View, ViewContext, ViewModule } from "./view.js";
import { clip } from "./width.js";

/** The most payload bytes to read for a line. */
const MAX_PREVIEW_BYTES = 1024;
/** The fewest columns for a payload, alone or with findings beside it; with less room, the findings go on lines below. */
const MIN_PREVIEW_COLUMNS = 10;
/** The same for a payload that has only notes beside it. */
const MIN_PREVIEW_COLUMNS_BESIDE_NOTES = 5;

/** One line per frame, written as soon as the frame is read. */
export const list: ViewModule = {
  maxPayloadShown: MAX_PREVIEW_BYTES,
  open: (context) => new ListView(context),
};

const UNDER_INDENT = safely`      `;
/** The indent of the second and later lines of a title. */
const TITLE_INDENT = "  ";
const VERDICT_INDENT = "     =  ";
const SENDER_LABELS: Readonly<Record<Sender, string>> = { client: "client →", server: "← server" };

class ListView implements View {
  readonly #context: ViewContext;
  #hasColumnHeads = false;
  #frameLine: FrameLineWriter | null = null;
  /** The last time and its text: the frames of a packet share it. */
  #lastTime: { readonly at: PacketTimestamp | null; readonly text: string } | null = null;
  #stream = 0;
  /** Whether the input is a capture, which has several connections and times. */
  #isCapture = false;
  /** The time of the first line, in nanoseconds. */
  #firstTime: bigint | null = null;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  connection(event: ConnectionStartEvent): void {
    const { write, theme, columns } = this.#context;
    this.#isCapture = true;
    this.#writeColumnHeads();
    const [first = [], ...rest] = wrap([span(formatConnection(event), "strong")], columns - TITLE_INDENT.length);
    for (const line of [first, ...rest.map((more) => [span(TITLE_INDENT), ...more])])
      write(safely`${paint(line, theme)}\n`);
  }

  handshake(event: HandshakeEvent, findings: readonly Finding[]): void {
    this.#startLine(event.stream);
    const lines = formatHeadLines(event);
    lines.forEach(([sender, text], index) => {
      const at = sender === "client" ? event.requestedAt : event.at;
      const left = [...this.#formatPlace({ stream: event.stream, at }, "–"), span(`  ${SENDER_LABELS[sender]}  `)];
      this.#writeLine(left, text, [], index === lines.length - 1 ? formatFindingMarks(findings) : []);
    });
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    const { frame, index, sender } = event;
    this.#startLine(event.stream);
    const left: StyledLine = [
      ...this.#formatPlace(event, String(index)),
      span(`  ${SENDER_LABELS[sender]}  `),
      span(formatOpcode(frame.opcode).padEnd(12), "opcode"),
      ...this.#formatFlags(formatFlags(frame)),
      span(`  ${formatNumber(frame.payloadLength).padStart(9)}`, "length"),
      span("  "),
    ];
    this.#writeLine(left, formatPayload(event), formatNotes(event), formatFindingMarks(findings));
  }

  fastFrame(frame: FastFrame): void {
    if (!this.#writeFastFrame(frame)) this.frame(frame.toEvent(), []);
  }

  #writeFastFrame(frame: FastFrame): boolean {
    const { theme, columns, out } = this.#context;
    if (theme !== PLAIN_THEME || frame.payloadLength > Math.min(frame.keep, MAX_PREVIEW_BYTES)) return false;
    this.#startLine(frame.stream);
    this.#frameLine ??= new FrameLineWriter(out, columns, SENDER_LABELS, this.#hasFlags);
    const place = this.#isCapture ? paint(this.#formatPlace(frame, String(frame.index)), PLAIN_THEME) : null;
    return this.#frameLine.write(frame, place, MIN_PREVIEW_COLUMNS);
  }

  message(event: MessageEvent, findings: readonly Finding[]): void {
    const { stream, sender, index, message } = event;
    this.#startLine(stream);
    const { opcode, frames, payload: bytes, payloadLength, complete } = message;
    const { first, last } = frames;
    const numbers = first === null ? String(index ?? "–") : first === last ? String(first) : `${first}–${last}`;
    const left: StyledLine = [
      ...this.#formatPlace(event, numbers),
      span(`  ${SENDER_LABELS[sender]}  `),
      span(formatOpcode(opcode).padEnd(12), "opcode"),
      ...this.#formatFlags((frames.count === 0 ? "" : `×${frames.count}`).padEnd(5)),
      span(`  ${formatNumber(payloadLength).padStart(9)}`, "length"),
      span("  "),
    ];
    const code = messageCloseCode(message);
    const preview =
      code === null
        ? formatPayloadPreview(bytes, isTextMessage(message), MAX_PREVIEW_BYTES)
        : formatClosePreview(code, bytes.subarray(2));
    const shown = appendEllipsis(preview, bytes.length < payloadLength);
    const cut = complete ? [] : [span("  ⋯ incomplete", "quiet")];
    const packed = message.compressed ? [span(`  z ${formatCompressedSize(message)}`, "quiet")] : [];
    this.#writeLine(left, shown, [...packed, ...cut], formatFindingMarks(findings));
  }

  end({ stream, sender, bodyBytes }: SenderEndEvent, findings: readonly Finding[]): void {
    const note = span(bodyBytes === 0 ? "" : `  ${formatBodyNote(bodyBytes)}`);
    if (findings.length === 0 && bodyBytes === 0) return;
    this.#startLine(stream);
    this.#writeLine(
      [...this.#formatPlace({ stream, at: null }, "end"), span(`  ${SENDER_LABELS[sender]}`, "quiet")],
      note,
      [],
      formatFindingMarks(findings),
    );
  }

  closed(event: ConnectionEndEvent): void {
    if (!hasVerdict(event)) return;
    const { write, theme, columns } = this.#context;
    const indent = makeSafe(this.#isCapture ? `${String(event.stream).padStart(4)}${VERDICT_INDENT}` : VERDICT_INDENT);
    const lines = formatVerdict(event).flatMap((sentence) =>
      wrap([span(sentence)], Math.max(40, columns - indent.length)),
    );
    for (const line of lines) write(safely`${theme("quiet", indent)}${paint(line, theme)}\n`);
  }

  close(): void {}

  /** Prepares a line of a connection: writes a heading if the connection changed, and the column heads before the first line. */
  #startLine(stream: number): void {
    const { write, theme } = this.#context;
    if (stream !== this.#stream && !this.#isCapture) {
      this.#stream = stream;
      write(safely`${theme("strong", safely`connection ${stream}`)}\n`);
    }
    this.#writeColumnHeads();
  }

  #writeColumnHeads(): void {
    if (this.#hasColumnHeads) return;
    this.#hasColumnHeads = true;
    const { write, theme } = this.#context;
    const place = this.#isCapture ? `conn     #${this.#hasClock ? "             time" : ""}      seconds` : "     #";
    const head = makeSafe(`${place}  from      opcode      ${this.#hasFlags ? "  flags" : ""}     length  payload`);
    write(safely`${theme("quiet", head)}\n`);
  }

  /** Whether there is room for the flags; lines of a capture have more columns before them. */
  get #hasFlags(): boolean {
    return !this.#isCapture || this.#context.columns >= 100;
  }

  /** Whether there is room for the time of day next to the seconds since the capture's first line. */
  get #hasClock(): boolean {
    return this.#context.columns >= 120;
  }

  #formatFlags(text: string): StyledLine {
    return this.#hasFlags ? [span(`  ${text}`, "quiet")] : [];
  }

  /** The start of a line: its number; in a capture, with the connection before it and the time after it. */
  #formatPlace(
    { stream, at }: { readonly stream: number; readonly at: PacketTimestamp | null },
    number: string,
  ): StyledLine {
    if (!this.#isCapture) return [span(number.padStart(6), "quiet")];
    return [span(`${String(stream).padStart(4)}${` ${number}`.padStart(6)}${this.#formatTime(at)}`, "quiet")];
  }

  /** A time: the time of day if there is room, and the seconds since the first line. */
  #formatTime(at: PacketTimestamp | null): string {
    if (this.#lastTime !== null && this.#lastTime.at === at) return this.#lastTime.text;
    const time = at?.time ?? null;
    if (time !== null) this.#firstTime ??= time;
    const seconds = time === null ? "" : formatSeconds(time - (this.#firstTime ?? time), Math.min(6, at?.digits ?? 0));
    const clock = (at === null ? null : formatIsoTime(at))?.slice(11, -1) ?? "";
    const shown = this.#hasClock ? clock.slice(0, 15).padStart(17) : "";
    this.#lastTime = { at, text: `${shown}${` ${seconds}`.padStart(13)}` };
    return this.#lastTime.text;
  }

  /** Writes a line; the payload is clipped to the room between the parts before and after it. */
  #writeLine(left: StyledLine, payload: StyledSpan, notes: StyledLine, marks: StyledLine): void {
    const { write, theme, columns } = this.#context;
    const room = columns - lineWidth(left);
    const fits = (right: StyledLine, least: number): boolean =>
      lineWidth([safeSpan(clip(payload.text, least)), ...right]) <= room;
    const marksFit = marks.length === 0 || fits([...notes, ...marks], MIN_PREVIEW_COLUMNS);
    const notesFit = notes.length === 0 || fits(notes, MIN_PREVIEW_COLUMNS_BESIDE_NOTES);
    const right = [...(notesFit ? notes : []), ...(marksFit ? marks : [])];
    const columnsShown = right.length === 0 ? Math.max(MIN_PREVIEW_COLUMNS, room) : room - lineWidth(right);
    const shown = payload.text === "" ? [] : [{ ...payload, text: clip(payload.text, columnsShown) }];
    write(safely`${paint(trimEnd([...left, ...shown, ...right]), theme)}\n`);
    // Notes and findings that leave too little room for the payload go on lines below it.
    const below = [...(notesFit ? [] : notes), ...(marksFit ? [] : marks)];
    if (below.length === 0) return;
    for (const line of wrapMarks(below, columns - UNDER_INDENT.length))
      write(safely`${UNDER_INDENT}${paint(line, theme)}\n`);
  }
}

/** The flags FIN, RSV1–3 and MASK as letters: `F---M`. */
function formatFlags({ fin, rsv1, rsv2, rsv3, masked }: Frame): string {
  return `${fin ? "F" : "-"}${rsv1 ? "1" : "-"}${rsv2 ? "2" : "-"}${rsv3 ? "3" : "-"}${masked ? "M" : "-"}`;
}

/** The start lines of a handshake with the most important headers; a request that was already shown is skipped. */
function formatHeadLines(event: HandshakeEvent): [Sender, StyledSpan][] {
  const { request, response, isRequestReported, extensions, subprotocol } = event;
  const lines: [Sender, StyledSpan][] = [];
  const host = findHeaders(request, "Host")[0]?.value;
  if (request !== null && !isRequestReported) {
    const asked = [request.method, request.target, request.version].filter((part) => part !== null).join(" ");
    lines.push(["client", span(escapeText(`${asked}${host === undefined ? "" : `  ${host}`}`), "payload")]);
  }
  if (response !== null) {
    const agreed = [...extensions.map(formatExtension), ...(subprotocol === null ? [] : [subprotocol])].join(" · ");
    const status = `${response.status ?? "no status"} ${response.reason ?? ""}`.trim();
    lines.push(["server", span(escapeText(agreed === "" ? status : `${status}  ${agreed}`), "payload")]);
  }
  return lines;
}

function formatPayload(event: FrameEvent): StyledSpan {
  const { frame, payload: bytes, closeCode, message } = event;
  if (message?.compressed && !lacksContext(message)) {
    const shown = formatPayloadPreview(message.payload, isTextMessage(message), MAX_PREVIEW_BYTES);
    return appendEllipsis(shown, message.payload.length < message.payloadLength);
  }
  if (closeCode === null || frame.opcode !== OPCODE.close)
    return appendEllipsis(
      formatPayloadPreview(bytes, isTextPayload(event), MAX_PREVIEW_BYTES),
      bytes.length < frame.payloadReceived,
    );
  return appendEllipsis(formatClosePreview(closeCode, bytes.subarray(2)), bytes.length < frame.payloadReceived);
}

/** A status code with its reason. */
function formatClosePreview(code: number, reason: Uint8Array): StyledSpan {
  const { text } = formatPayloadPreview(reason, true, MAX_PREVIEW_BYTES);
  return safeSpan(safely`${makeSafe(formatCloseCode(code))}${text === "" ? text : safely` ${text}`}`, "payload");
}

/** A preview, followed by `…` if the payload is longer. */
function appendEllipsis(preview: StyledSpan, more: boolean): StyledSpan {
  return more ? { ...preview, text: safely`${preview.text} …` } : preview;
}

/** Notes about a frame's part in its message, unless the frame is a whole message. */
function formatNotes({ frame, place, message, messageIndex }: FrameEvent): StyledLine {
  const cut = frame.complete ? [] : [span(`  ⋯ ${formatReceived(frame)}`, "quiet")];
  if (message !== null) {
    const name = message.frames.count === 1 ? [] : [span(`  = message ${messageIndex}`, "quiet")];
    const size = message.compressed
      ? `  z ${formatInflatedNote(message)}`
      : `, ${formatCount(message.payloadLength, "byte")}`;
    return [...name, span(size, "quiet"), ...cut];
  }
  return place === "first" || place === "middle" ? [span("  ⋯ continues", "quiet"), ...cut] : cut;
}

/** How much of an incomplete frame's payload is in the input. */
function formatReceived({ truncatedHeader, payloadReceived, payloadLength }: Frame): string {
  if (truncatedHeader !== null) return "cut in the header";
  return `${formatNumber(payloadReceived)} of ${formatCount(payloadLength, "byte")}`;
}

/** The inflated size of a message; if it was fragmented, also its compressed size, which no line shows. */
function formatInflatedNote(message: Message): string {
  const { inflated, frames, wirePayloadLength, payloadLength } = message;
  if (inflated === "no" || lacksContext(message)) return "not inflated";
  const from = frames.count === 1 ? "" : `${formatNumber(wirePayloadLength)} `;
  return `${from}→ ${inflated === "limited" ? "more than " : ""}${formatCount(payloadLength, "byte")}`;
}

/** Marks side by side, in as many rows as needed. */
function wrapMarks(marks: StyledLine, columns: number): StyledLine[] {
  const rows: StyledSpan[][] = [[]];
  for (const mark of marks) {
    const row = rows.at(-1) as StyledSpan[];
    if (row.length > 0 && lineWidth([...row, mark]) > columns) rows.push([mark]);
    else row.push(mark);
  }
  return rows;
}

/** The violated rules, each once, with a count if it is more than 1. */
function formatFindingMarks(findings: readonly Finding[]): StyledLine {
  const times = new Map<Rule, number>();
  for (const { rule } of findings) times.set(rule, (times.get(rule) ?? 0) + 1);
  return [...times].map(([{ id, severity }, count]) =>
    span(`  ${SEVERITY_MARKS[severity]} ${id}${count === 1 ? "" : ` ×${count}`}`, severity),
  );
}
