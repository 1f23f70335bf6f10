import { escapeText, joinSafe, makeSafe, type SafeText, safely, spaces } from "../bytes/safe-text.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { FastFrame } from "../protocol/fast-frame.js";
import { frameLength, type Sender } from "../protocol/frame/frame.js";
import { isControl } from "../protocol/frame/opcode.js";
import { formatExtension } from "../protocol/handshake/extensions.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { Message } from "../protocol/message-assembler.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { formatRatio } from "./compression.js";
import { formatBodyNote, formatConnection, formatOpcode, SEVERITY_MARKS } from "./describe.js";
import { formatHandshakeTitle } from "./handshake-rows.js";
import { paint, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";
import { formatVerdict, hasVerdict } from "./verdict.js";
import type { ConnectionStartEvent, View, ViewContext, ViewModule } from "./view.js";

/** Counts on one screen: by sender and by opcode, and findings by rule with the first place of each. */
export const summary: ViewModule = {
  maxPayloadShown: 0,
  open: (context) => new SummaryView(context),
};

/** The totals of one sender. */
class SenderSummary {
  frames = 0;
  messages = 0;
  /** Frames of fragmented messages. */
  fragments = 0;
  bytes = 0;
  /** Bytes of heads and of everything else that is not a frame. */
  otherBytes = 0;
  payloadBytes = 0;
  /** Bytes of the largest frame or message. */
  largest = 0;
  /** The index of the largest frame or message; `null` for an incomplete message. */
  largestIndex: number | null = null;
  compressed = 0;
  /** Bytes of the payloads of compressed messages that were inflated: on the wire, and inflated. */
  compressedBytes = 0;
  inflatedBytes = 0;
  readonly opcodes: number[] = new Array(16).fill(0);

  add({ frame, index, place, messageIndex, message }: FrameEvent): void {
    this.frames++;
    this.payloadBytes += frame.payloadReceived;
    if (messageIndex !== null) this.messages++;
    if (place === "first" || place === "middle" || place === "last") this.fragments++;
    if (message !== null) this.#addCompressed(message);
    (this.opcodes[frame.opcode] as number)++;
    const length = frameLength(frame);
    this.bytes += length;
    this.#noteLargest(length, index);
  }

  addFastFrame({ index, opcode, headerLength, payloadLength }: FastFrame): void {
    const length = headerLength + payloadLength;
    this.frames++;
    this.messages++;
    this.bytes += length;
    this.payloadBytes += payloadLength;
    (this.opcodes[opcode] as number)++;
    this.#noteLargest(length, index);
  }

  addMessage({ index, message }: MessageEvent): void {
    const { frames, opcode, wireLength, wirePayloadLength, payloadLength, complete } = message;
    // If a message has no frames, only its payload is known.
    const hasFrames = frames.count > 0;
    this.frames += frames.count;
    this.payloadBytes += hasFrames ? wirePayloadLength : payloadLength;
    if (complete && !isControl(opcode)) this.messages++;
    if (frames.count > 1 || !complete) this.fragments += frames.count;
    this.#addCompressed(message);
    (this.opcodes[opcode] as number)++;
    this.bytes += wireLength;
    this.#noteLargest(hasFrames ? wireLength : payloadLength, index);
  }

  #addCompressed({ compressed, inflated, wirePayloadLength, payloadLength }: Message): void {
    if (!compressed) return;
    this.compressed++;
    if (inflated !== "whole") return;
    this.compressedBytes += wirePayloadLength;
    this.inflatedBytes += payloadLength;
  }

  /** Keeps the largest, and the first one if several have the same size. */
  #noteLargest(length: number, index: number | null): void {
    if (length <= this.largest) return;
    this.largest = length;
    this.largestIndex = index;
  }
}

/** How often a rule was violated, and where first. */
interface RuleTally {
  readonly rule: Rule;
  readonly first: string;
  count: number;
}

const SENDERS: readonly Sender[] = ["client", "server"];
const LABEL_COLUMNS = 16;
/** The most connections to show one by one. */
const MAX_SHOWN_CONNECTIONS = 20;
/** The narrowest width with room for wide columns, and for a finding and its first place on one line. */
const MIN_WIDE_COLUMNS = 84;

class SummaryView implements View {
  readonly #context: ViewContext;
  readonly #totals: Readonly<Record<Sender, SenderSummary>> = {
    client: new SenderSummary(),
    server: new SenderSummary(),
  };
  readonly #tallies = new Map<string, RuleTally>();
  /** Lines about each connection as a whole. */
  readonly #connectionLines: { readonly stream: number; readonly line: string }[] = [];
  #streamCount = 0;
  #unit = "frame";

  readonly #columnWidth: number;

  constructor(context: ViewContext) {
    this.#context = context;
    this.#columnWidth = context.columns < MIN_WIDE_COLUMNS ? 22 : 26;
  }

  connection(event: ConnectionStartEvent): void {
    this.#addConnectionLine(event.stream, formatConnection(event).replace(/^connection \d+(?: · )?/, ""));
  }

  handshake(event: HandshakeEvent, findings: readonly Finding[]): void {
    this.#addConnectionLine(event.stream, `handshake: ${formatHandshakeTitle(event)}${formatAgreed(event)}`);
    this.#countFindings(findings, this.#formatPlace(event.stream, "handshake"));
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    this.#totals[event.sender].add(event);
    if (findings.length > 0)
      this.#countFindings(findings, this.#formatPlace(event.stream, `frame ${event.index}, ${event.sender}`));
  }

  fastFrame(frame: FastFrame): void {
    this.#totals[frame.sender].addFastFrame(frame);
  }

  message(event: MessageEvent, findings: readonly Finding[]): void {
    this.#unit = "message";
    this.#totals[event.sender].addMessage(event);
    const name = event.index === null ? "incomplete message" : `message ${event.index}`;
    this.#countFindings(findings, this.#formatPlace(event.stream, `${name}, ${event.sender}`));
  }

  end(event: SenderEndEvent, findings: readonly Finding[]): void {
    this.#countFindings(findings, this.#formatPlace(event.stream, `end of the ${event.sender}'s frames`));
    this.#totals[event.sender].otherBytes += event.bytes - event.frameBytes;
    if (event.bodyBytes > 0) this.#addConnectionLine(event.stream, formatBodyNote(event.bodyBytes));
  }

  closed(event: ConnectionEndEvent): void {
    if (hasVerdict(event)) for (const line of formatVerdict(event)) this.#addConnectionLine(event.stream, line);
  }

  close(): void {
    const { write, theme } = this.#context;
    const parts = [
      this.#formatCounts(theme),
      this.#formatOpcodes(theme),
      this.#formatFindings(theme),
      this.#formatConnections(theme),
    ];
    const shown = parts.filter((lines) => lines.length > 0).map((lines) => safely`${joinSafe(lines, "\n")}\n`);
    write(joinSafe(shown, "\n"));
  }

  /** A place with its connection, unless it is in the first one. */
  #formatPlace(stream: number, place: string): string {
    return stream === 0 ? place : `connection ${stream}, ${place}`;
  }

  /** Stores a line about a connection as a whole. */
  #addConnectionLine(stream: number, line: string): void {
    if (stream < MAX_SHOWN_CONNECTIONS) this.#connectionLines.push({ stream, line });
    this.#streamCount = Math.max(this.#streamCount, stream + 1);
  }

  #formatConnections(theme: Theme): SafeText[] {
    const { columns } = this.#context;
    const left = this.#streamCount - MAX_SHOWN_CONNECTIONS;
    const several = this.#streamCount > 1;
    const indent = spaces(several ? 2 : 0);
    return [
      ...this.#connectionLines.flatMap(({ stream, line }, index) => {
        const heading =
          several && this.#connectionLines[index - 1]?.stream !== stream
            ? [theme("strong", safely`connection ${stream}`)]
            : [];
        const wrapped = wrap([span(line)], Math.max(40, columns - indent.length));
        return [...heading, ...wrapped.map((part) => safely`${indent}${paint(part, theme)}`)];
      }),
      ...(left > 0 ? [makeSafe(`… ${formatCount(left, "connection")} more`)] : []),
    ];
  }

  #countFindings(findings: readonly Finding[], where: string): void {
    for (const { rule, offset } of findings) {
      const tally = this.#tallies.get(rule.id);
      if (tally === undefined) this.#tallies.set(rule.id, { rule, first: `${where}, offset ${offset}`, count: 1 });
      else tally.count++;
    }
  }

  #formatCounts(theme: Theme): SafeText[] {
    const row = (label: string, value: (totals: SenderSummary) => string): SafeText =>
      makeSafe(
        label.padEnd(LABEL_COLUMNS) +
          SENDERS.map((sender) => value(this.#totals[sender]).padStart(this.#columnWidth)).join(""),
      );
    const number = (label: string, value: (totals: SenderSummary) => number): SafeText =>
      row(label, (totals) => formatNumber(value(totals)));
    return [
      theme(
        "strong",
        makeSafe(
          "".padEnd(LABEL_COLUMNS) +
            ["client → server", "server → client"].map((name) => name.padStart(this.#columnWidth)).join(""),
        ),
      ),
      number("frames", ({ frames }) => frames),
      number("messages", ({ messages }) => messages),
      number("fragments", ({ fragments }) => fragments),
      number("bytes", ({ bytes, otherBytes }) => bytes + otherBytes),
      number("payload bytes", ({ payloadBytes }) => payloadBytes),
      row(`largest ${this.#unit}`, ({ frames, largest, largestIndex }) =>
        frames === 0 && largest === 0
          ? "–"
          : `${formatNumber(largest)} (${largestIndex === null ? "incomplete" : `${this.#unit} ${largestIndex}`})`,
      ),
      ...(SENDERS.some((sender) => this.#totals[sender].compressed > 0)
        ? [
            number("compressed msgs", ({ compressed }) => compressed),
            number("  wire bytes", ({ compressedBytes }) => compressedBytes),
            number("  inflated bytes", ({ inflatedBytes }) => inflatedBytes),
            row("  ratio", ({ compressedBytes, inflatedBytes }) => formatRatio(compressedBytes, inflatedBytes) || "–"),
          ]
        : []),
    ];
  }

  #formatOpcodes(theme: Theme): SafeText[] {
    const used = this.#totals.client.opcodes
      .map((count, opcode) => ({ opcode, counts: [count, this.#totals.server.opcodes[opcode] as number] }))
      .filter(({ counts }) => counts.some((count) => count > 0));
    const most = Math.max(1, ...used.flatMap(({ counts }) => counts));
    const room = Math.max(8, Math.min(40, this.#context.columns - LABEL_COLUMNS - 2 * this.#columnWidth) >> 1);
    const cell = (count: number, last: boolean): SafeText => {
      const length = Math.ceil((count / most) * room);
      const number = makeSafe(formatNumber(count).padStart(this.#columnWidth - room - 1));
      const bar = theme("opcode", makeSafe("█".repeat(length)));
      return last && length === 0 ? number : safely`${number} ${bar}${spaces(last ? 0 : room - length)}`;
    };
    if (used.length === 0) return [];
    return [
      theme("strong", safely`opcodes`),
      ...used.map(({ opcode, counts: [client = 0, server = 0] }) => {
        const title = makeSafe(formatOpcode(opcode).padEnd(LABEL_COLUMNS));
        return safely`${title}${cell(client, false)}${cell(server, true)}`;
      }),
    ];
  }

  #formatFindings(theme: Theme): SafeText[] {
    const tallies = [...this.#tallies.values()];
    if (tallies.length === 0) return [safely`no findings`];
    const total = tallies.reduce((sum, { count }) => sum + count, 0);
    return [
      theme("strong", makeSafe(formatCount(total, "finding"))),
      ...tallies.map(({ rule, count, first }) => {
        const mark = theme(rule.severity, makeSafe(`${SEVERITY_MARKS[rule.severity]} ${rule.severity.padEnd(7)}`));
        const wide = this.#context.columns >= MIN_WIDE_COLUMNS;
        const times = makeSafe(`${rule.id.padEnd(26)}${formatNumber(count).padStart(9)}`);
        return safely`${mark} ${times}${wide ? safely`   ` : safely`\n            `}first: ${makeSafe(first)}`;
      }),
    ];
  }
}

/** The agreed extensions and subprotocol, to follow the title of a handshake. */
function formatAgreed({ extensions, subprotocol }: HandshakeEvent): string {
  const agreed = [...extensions.map(formatExtension), ...(subprotocol === null ? [] : [`subprotocol ${subprotocol}`])];
  return agreed.map((part) => ` · ${escapeText(part)}`).join("");
}
