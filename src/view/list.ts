import { isoTime, type Moment, secondsText } from "../bytes/packet-timestamp.js";
import { escapeText, makeSafe, text as safely } from "../bytes/safe-text.js";
import { counted, grouped } from "../bytes/size.js";
import type { ClosedEvent, EndEvent, FrameEvent } from "../protocol/connection-events.js";
import type { OrdinaryFrame } from "../protocol/fast-frame.js";
import { type Frame, frameLength, type Sender } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import { extensionText } from "../protocol/handshake/extensions.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import { headersNamed } from "../protocol/handshake/http-head.js";
import type { Message } from "../protocol/message-assembler.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { compressedSize, isTextMessage, lacksContext } from "./compression.js";
import {
  bodyNote,
  closeCodeOf,
  closeTitle,
  connectionTitle,
  isText,
  opcodeTitle,
  payloadPreview,
  SEVERITY_MARK,
} from "./describe.js";
import { FrameLine } from "./frame-line.js";
import { type Line, lineWidth, paint, type Span, safeSpan, span, trimEnd, wrap } from "./styled.js";
import { PLAIN } from "./theme.js";
import { hasVerdict, verdict } from "./verdict.js";
import type { ConnectionBegin, View, ViewContext, ViewModule } from "./view.js";
import { clip } from "./width.js";

/** Bytes of a payload that may be looked at for a line. */
const PREVIEW = 1024;
/** What a payload gets at least, however much stands behind it. */
const LEAST_PREVIEW = 10;

/** One line a frame, written as it is read. */
export const list: ViewModule = {
  payloadShown: PREVIEW,
  open: (context) => new ListView(context),
};

const UNDER = safely`      `;
/** Before the second line of a title that needs one. */
const TITLE_INDENT = "  ";
const VERDICT_INDENT = "     =  ";
const FROM: Readonly<Record<Sender, string>> = { client: "client →", server: "← server" };

class ListView implements View {
  readonly #context: ViewContext;
  #begun = false;
  #frameLine: FrameLine | null = null;
  /** The time that was shown last: the frames of a packet share it. */
  #timed: { readonly at: Moment | null; readonly text: string } | null = null;
  #stream = 0;
  /** Whether the input is a capture, whose connections are told apart and have times. */
  #captured = false;
  /** Nanoseconds: the time of the first line. */
  #first: bigint | null = null;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  connection(event: ConnectionBegin): void {
    const { write, theme, columns } = this.#context;
    this.#captured = true;
    this.#head();
    const [first = [], ...rest] = wrap([span(connectionTitle(event), "strong")], columns - TITLE_INDENT.length);
    for (const line of [first, ...rest.map((more) => [span(TITLE_INDENT), ...more])])
      write(safely`${paint(line, theme)}\n`);
  }

  handshake(event: HandshakeEvent, findings: readonly Finding[]): void {
    this.#begin(event.stream);
    const lines = headLines(event);
    lines.forEach(([sender, said], index) => {
      const at = sender === "client" ? event.askedAt : event.at;
      const left = [...this.#place({ stream: event.stream, at }, "–"), span(`  ${FROM[sender]}  `)];
      this.#line(left, [said], [], index === lines.length - 1 ? findingMarks(findings) : []);
    });
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    const { frame, index, sender } = event;
    this.#begin(event.stream);
    const left: Line = [
      ...this.#place(event, String(index)),
      span(`  ${FROM[sender]}  `),
      span(opcodeTitle(frame.opcode).padEnd(12), "opcode"),
      ...this.#flags(flags(frame)),
      span(`  ${grouped(frame.payloadLength).padStart(9)}`, "length"),
      span("  "),
    ];
    this.#line(left, payload(event), notes(event), findingMarks(findings));
  }

  ordinary(frame: OrdinaryFrame): void {
    if (!this.#writeOrdinary(frame)) this.frame(frame.event(), []);
  }

  #writeOrdinary(frame: OrdinaryFrame): boolean {
    const { theme, columns, out } = this.#context;
    if (theme !== PLAIN || frame.payloadLength > Math.min(frame.keep, PREVIEW)) return false;
    this.#begin(frame.stream);
    this.#frameLine ??= new FrameLine(out, columns, FROM, this.#roomy);
    const place = this.#captured ? paint(this.#place(frame, String(frame.index)), PLAIN) : null;
    return this.#frameLine.write(frame, place, LEAST_PREVIEW);
  }

  message(event: MessageEvent, findings: readonly Finding[]): void {
    const { stream, sender, index, message } = event;
    this.#begin(stream);
    const { opcode, frames, payload: bytes, payloadLength, complete } = message;
    const { first, last } = frames;
    const numbers = first === null ? String(index ?? "–") : first === last ? String(first) : `${first}–${last}`;
    const left: Line = [
      ...this.#place(event, numbers),
      span(`  ${FROM[sender]}  `),
      span(opcodeTitle(opcode).padEnd(12), "opcode"),
      ...this.#flags((frames.count === 0 ? "" : `×${frames.count}`).padEnd(5)),
      span(`  ${grouped(payloadLength).padStart(9)}`, "length"),
      span("  "),
    ];
    const code = closeCodeOf(message);
    const preview =
      code === null ? payloadPreview(bytes, isTextMessage(message), PREVIEW) : closePreview(code, bytes.subarray(2));
    const shown = marked(preview, bytes.length < payloadLength);
    const cut = complete ? [] : [span("  ⋯ not complete", "quiet")];
    const packed = message.compressed ? [span(`  z ${compressedSize(message)}`, "quiet")] : [];
    this.#line(left, shown, [...packed, ...cut], findingMarks(findings));
  }

  end({ stream, sender, bodyBytes }: EndEvent, findings: readonly Finding[]): void {
    const note = bodyBytes === 0 ? [] : [span(`  ${bodyNote(bodyBytes)}`)];
    if (findings.length === 0 && note.length === 0) return;
    this.#begin(stream);
    this.#line(
      [...this.#place({ stream, at: null }, "end"), span(`  ${FROM[sender]}`, "quiet")],
      note,
      [],
      findingMarks(findings),
    );
  }

  closed(event: ClosedEvent): void {
    if (!hasVerdict(event)) return;
    const { write, theme, columns } = this.#context;
    const indent = makeSafe(this.#captured ? `${String(event.stream).padStart(4)}${VERDICT_INDENT}` : VERDICT_INDENT);
    const lines = verdict(event).flatMap((said) => wrap([span(said)], Math.max(40, columns - indent.length)));
    for (const line of lines) write(safely`${theme("quiet", indent)}${paint(line, theme)}\n`);
  }

  close(): void {}

  /** Something of a connection is to be written: the column heads stand over the first line, and where a connection begins it is said. */
  #begin(stream: number): void {
    const { write, theme } = this.#context;
    if (stream !== this.#stream && !this.#captured) {
      this.#stream = stream;
      write(safely`${theme("strong", safely`connection ${stream}`)}\n`);
    }
    this.#head();
  }

  #head(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { write, theme } = this.#context;
    const place = this.#captured ? `conn     #${this.#clock ? "             time" : ""}      seconds` : "     #";
    const head = makeSafe(`${place}  from      opcode      ${this.#roomy ? "  flags" : ""}     length  payload`);
    write(safely`${theme("quiet", head)}\n`);
  }

  /** Whether there is room for the flags; a capture's lines have more to say before them. */
  get #roomy(): boolean {
    return !this.#captured || this.#context.columns >= 100;
  }

  /** Whether there is room for the time of day beside the seconds since the capture's first line. */
  get #clock(): boolean {
    return this.#context.columns >= 120;
  }

  #flags(text: string): Line {
    return this.#roomy ? [span(`  ${text}`, "quiet")] : [];
  }

  /** Where a line belongs: its number; in a capture the connection before it, and the time behind it. */
  #place({ stream, at }: { readonly stream: number; readonly at: Moment | null }, number: string): Line {
    if (!this.#captured) return [span(number.padStart(6), "quiet")];
    return [span(`${String(stream).padStart(4)}${` ${number}`.padStart(6)}${this.#timeText(at)}`, "quiet")];
  }

  /** When something came: the time of day where there is room, and the seconds since the first line. */
  #timeText(at: Moment | null): string {
    if (this.#timed !== null && this.#timed.at === at) return this.#timed.text;
    const time = at?.time ?? null;
    if (time !== null) this.#first ??= time;
    const seconds = time === null ? "" : secondsText(time - (this.#first ?? time), Math.min(6, at?.digits ?? 0));
    const clock = (at === null ? null : isoTime(at))?.slice(11, -1) ?? "";
    const shown = this.#clock ? clock.slice(0, 15).padStart(17) : "";
    this.#timed = { at, text: `${shown}${` ${seconds}`.padStart(13)}` };
    return this.#timed.text;
  }

  /** The payload gets the room that what stands before and behind it leaves. */
  #line(left: Line, payload: Line, notes: Line, marks: Line): void {
    const { write, theme, columns } = this.#context;
    const least = Math.min(LEAST_PREVIEW, lineWidth(payload.map(({ text }) => safeSpan(clip(text, LEAST_PREVIEW)))));
    const beside = marks.length === 0 || lineWidth([...left, ...notes, ...marks]) + least <= columns;
    const right = beside ? [...notes, ...marks] : notes;
    const room = Math.max(LEAST_PREVIEW, columns - lineWidth(left) - lineWidth(right));
    const shown: Span[] = [];
    let used = 0;
    for (const { text, role } of payload) {
      const clipped = clip(text, Math.max(0, room - used));
      const piece = safeSpan(clipped, role);
      shown.push(piece);
      used += lineWidth([piece]);
    }
    write(safely`${paint(trimEnd([...left, ...shown, ...right]), theme)}\n`);
    if (beside) return;
    // Findings that leave the payload no room stand under it.
    for (const line of rowsOf(marks, columns - UNDER.length)) write(safely`${UNDER}${paint(line, theme)}\n`);
  }
}

/** FIN, RSV1–3 and MASK, each in its place: `F---M`. */
function flags({ fin, rsv1, rsv2, rsv3, masked }: Frame): string {
  return `${fin ? "F" : "-"}${rsv1 ? "1" : "-"}${rsv2 ? "2" : "-"}${rsv3 ? "3" : "-"}${masked ? "M" : "-"}`;
}

/** The start lines of a handshake, and what matters most of the rest: of a request that has its line already, no second one. */
function headLines(event: HandshakeEvent): [Sender, Span][] {
  const { request, response, requestKnown, extensions, subprotocol } = event;
  const lines: [Sender, Span][] = [];
  const host = headersNamed(request, "Host")[0]?.value;
  if (request !== null && !requestKnown) {
    const asked = [request.method, request.target, request.version].filter((part) => part !== null).join(" ");
    lines.push(["client", span(escapeText(`${asked}${host === undefined ? "" : `  ${host}`}`), "payload")]);
  }
  if (response !== null) {
    const agreed = [...extensions.map(extensionText), ...(subprotocol === null ? [] : [subprotocol])].join(" · ");
    const status = `${response.status ?? "no status"} ${response.reason ?? ""}`.trim();
    lines.push(["server", span(escapeText(agreed === "" ? status : `${status}  ${agreed}`), "payload")]);
  }
  return lines;
}

function payload(event: FrameEvent): Line {
  const { frame, payload: bytes, closeCode, message } = event;
  if (message?.compressed && !lacksContext(message)) {
    const shown = payloadPreview(message.payload, isTextMessage(message), PREVIEW);
    return marked(shown, message.payload.length < message.payloadLength);
  }
  if (closeCode === null || frame.opcode !== OPCODE.close)
    return marked(payloadPreview(bytes, isText(event), PREVIEW), bytes.length < frame.payloadReceived);
  return marked(closePreview(closeCode, bytes.subarray(2)), bytes.length < frame.payloadReceived);
}

/** A status code with its reason. */
function closePreview(code: number, reason: Uint8Array): Line {
  return [span(`${closeTitle(code)} `, "payload"), ...payloadPreview(reason, true, PREVIEW)];
}

/** A preview with `…` behind it where there is more of the payload. */
function marked(preview: Line, more: boolean): Line {
  return more ? [...preview, span(" …", "payload")] : preview;
}

/** What a frame is to its message, where that does not go without saying. */
function notes({ frame, place, message, messageIndex }: FrameEvent): Line {
  const cut = frame.complete ? [] : [span(`  ⋯ cut after ${counted(frameLength(frame), "byte")}`, "quiet")];
  if (message !== null) {
    const name = message.frames.count === 1 ? [] : [span(`  = message ${messageIndex}`, "quiet")];
    const size = message.compressed ? `  z ${inflatedNote(message)}` : `, ${counted(message.payloadLength, "byte")}`;
    return [...name, span(size, "quiet"), ...cut];
  }
  return place === "first" || place === "middle" ? [span("  ⋯ not final", "quiet"), ...cut] : cut;
}

/** What came out of a message whose compressed size stands in its line, or, in fragments, is that of all of them. */
function inflatedNote(message: Message): string {
  const { inflated, frames, wirePayloadLength, payloadLength } = message;
  if (inflated === "no" || lacksContext(message)) return "not inflated";
  const from = frames.count === 1 ? "" : `${grouped(wirePayloadLength)} `;
  return `${from}→ ${inflated === "limited" ? "more than " : ""}${counted(payloadLength, "byte")}`;
}

/** Marks side by side, in as many rows as they need. */
function rowsOf(marks: Line, columns: number): Line[] {
  const rows: Span[][] = [[]];
  for (const mark of marks) {
    const row = rows.at(-1) as Span[];
    if (row.length > 0 && lineWidth([...row, mark]) > columns) rows.push([mark]);
    else row.push(mark);
  }
  return rows;
}

/** The rules that were broken, each once, with how often where that is more than once. */
function findingMarks(findings: readonly Finding[]): Line {
  const times = new Map<Rule, number>();
  for (const { rule } of findings) times.set(rule, (times.get(rule) ?? 0) + 1);
  return [...times].map(([{ id, severity }, count]) =>
    span(`  ${SEVERITY_MARK[severity]} ${id}${count === 1 ? "" : ` ×${count}`}`, severity),
  );
}
