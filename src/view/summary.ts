import { blanks, escapeText, joinSafe, makeSafe, type SafeText, text as safely } from "../bytes/safe-text.js";
import { counted, grouped } from "../bytes/size.js";
import type { ClosedEvent, EndEvent, FrameEvent } from "../protocol/connection-events.js";
import type { OrdinaryFrame } from "../protocol/fast-frame.js";
import { frameLength, type Sender } from "../protocol/frame/frame.js";
import { isControl } from "../protocol/frame/opcode.js";
import { extensionText } from "../protocol/handshake/extensions.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { Message } from "../protocol/message-assembler.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { ratio } from "./compression.js";
import { bodyNote, connectionTitle, opcodeTitle, SEVERITY_MARK } from "./describe.js";
import { handshakeTitle } from "./handshake-rows.js";
import { paint, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";
import { hasVerdict, verdict } from "./verdict.js";
import type { ConnectionBegin, View, ViewContext, ViewModule } from "./view.js";

/** Counts on one screen: by sender and opcode, and findings by rule with the first place of each. */
export const summary: ViewModule = {
  payloadShown: 0,
  open: (context) => new SummaryView(context),
};

/** What one sender's frames add up to. */
class Totals {
  frames = 0;
  messages = 0;
  /** Frames of messages that came in several. */
  fragments = 0;
  bytes = 0;
  /** Bytes of heads and what else is no frame. */
  others = 0;
  payloadBytes = 0;
  /** Bytes of the largest frame, or message, and which that is: `null` for a message that is not complete. */
  largest = 0;
  largestIndex: number | null = null;
  compressed = 0;
  /** Payloads of compressed messages, as they came and inflated. */
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
    this.#note(length, index);
  }

  addOrdinary({ index, opcode, headerLength, payloadLength }: OrdinaryFrame): void {
    const length = headerLength + payloadLength;
    this.frames++;
    this.messages++;
    this.bytes += length;
    this.payloadBytes += payloadLength;
    (this.opcodes[opcode] as number)++;
    this.#note(length, index);
  }

  addMessage({ index, message }: MessageEvent): void {
    const { frames, opcode, wireLength, wirePayloadLength, payloadLength, complete } = message;
    // Of a message without frames nothing is known but its payload.
    const hasFrames = frames.count > 0;
    this.frames += frames.count;
    this.payloadBytes += hasFrames ? wirePayloadLength : payloadLength;
    if (complete && !isControl(opcode)) this.messages++;
    if (frames.count > 1 || !complete) this.fragments += frames.count;
    this.#addCompressed(message);
    (this.opcodes[opcode] as number)++;
    this.bytes += wireLength;
    this.#note(hasFrames ? wireLength : payloadLength, index);
  }

  #addCompressed({ compressed, inflated, wirePayloadLength, payloadLength }: Message): void {
    if (!compressed) return;
    this.compressed++;
    if (inflated !== "whole") return;
    this.compressedBytes += wirePayloadLength;
    this.inflatedBytes += payloadLength;
  }

  /** Keeps the largest; of several, the one that came first. */
  #note(length: number, index: number | null): void {
    if (length <= this.largest) return;
    this.largest = length;
    this.largestIndex = index;
  }
}

/** How often a rule was broken, and where first. */
interface Tally {
  readonly rule: Rule;
  readonly first: string;
  count: number;
}

const SENDERS: readonly Sender[] = ["client", "server"];
const LABEL = 16;
/** Of so many connections it is said how they came out. */
const MOST_CONNECTIONS = 20;
/** From this width on there is room for wide columns, and for a finding and its first place on one line. */
const WIDE_FROM = 84;

class SummaryView implements View {
  readonly #context: ViewContext;
  readonly #totals: Readonly<Record<Sender, Totals>> = { client: new Totals(), server: new Totals() };
  readonly #tallies = new Map<string, Tally>();
  /** What is said of connections as a whole. */
  readonly #said: { readonly stream: number; readonly line: string }[] = [];
  #streams = 0;
  #unit = "frame";

  readonly #column: number;

  constructor(context: ViewContext) {
    this.#context = context;
    this.#column = context.columns < WIDE_FROM ? 22 : 26;
  }

  connection(event: ConnectionBegin): void {
    this.#say(event.stream, connectionTitle(event).replace(/^connection \d+(?: · )?/, ""));
  }

  handshake(event: HandshakeEvent, findings: readonly Finding[]): void {
    this.#say(event.stream, `handshake: ${handshakeTitle(event)}${agreedIn(event)}`);
    this.#count(findings, this.#in(event.stream, "handshake"));
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    this.#totals[event.sender].add(event);
    if (findings.length > 0) this.#count(findings, this.#in(event.stream, `frame ${event.index}, ${event.sender}`));
  }

  ordinary(frame: OrdinaryFrame): void {
    this.#totals[frame.sender].addOrdinary(frame);
  }

  message(event: MessageEvent, findings: readonly Finding[]): void {
    this.#unit = "message";
    this.#totals[event.sender].addMessage(event);
    const name = event.index === null ? "message not complete" : `message ${event.index}`;
    this.#count(findings, this.#in(event.stream, `${name}, ${event.sender}`));
  }

  end(event: EndEvent, findings: readonly Finding[]): void {
    this.#count(findings, this.#in(event.stream, `end of the ${event.sender}'s frames`));
    this.#totals[event.sender].others += event.bytes - event.frameBytes;
    if (event.bodyBytes > 0) this.#say(event.stream, bodyNote(event.bodyBytes));
  }

  closed(event: ClosedEvent): void {
    if (hasVerdict(event)) for (const line of verdict(event)) this.#say(event.stream, line);
  }

  close(): void {
    const { write, theme } = this.#context;
    const parts = [this.#counts(theme), this.#opcodes(theme), this.#findings(theme), this.#verdict(theme)];
    const shown = parts.filter((lines) => lines.length > 0).map((lines) => safely`${joinSafe(lines, "\n")}\n`);
    write(joinSafe(shown, "\n"));
  }

  /** Which connection a place is in, where there are several. */
  #in(stream: number, place: string): string {
    return stream === 0 ? place : `connection ${stream}, ${place}`;
  }

  /** Keeps a line about a connection as a whole. */
  #say(stream: number, line: string): void {
    if (stream < MOST_CONNECTIONS) this.#said.push({ stream, line });
    this.#streams = Math.max(this.#streams, stream + 1);
  }

  #verdict(theme: Theme): SafeText[] {
    const { columns } = this.#context;
    const left = this.#streams - MOST_CONNECTIONS;
    const several = this.#streams > 1;
    const indent = blanks(several ? 2 : 0);
    return [
      ...this.#said.flatMap(({ stream, line }, index) => {
        const heading =
          several && this.#said[index - 1]?.stream !== stream ? [theme("strong", safely`connection ${stream}`)] : [];
        const wrapped = wrap([span(line)], Math.max(40, columns - indent.length));
        return [...heading, ...wrapped.map((part) => safely`${indent}${paint(part, theme)}`)];
      }),
      ...(left > 0 ? [makeSafe(`… ${counted(left, "connection")} more`)] : []),
    ];
  }

  #count(findings: readonly Finding[], where: string): void {
    for (const { rule, offset } of findings) {
      const tally = this.#tallies.get(rule.id);
      if (tally === undefined) this.#tallies.set(rule.id, { rule, first: `${where}, offset ${offset}`, count: 1 });
      else tally.count++;
    }
  }

  #counts(theme: Theme): SafeText[] {
    const row = (label: string, value: (totals: Totals) => string): SafeText =>
      makeSafe(
        label.padEnd(LABEL) + SENDERS.map((sender) => value(this.#totals[sender]).padStart(this.#column)).join(""),
      );
    const number = (label: string, value: (totals: Totals) => number): SafeText =>
      row(label, (totals) => grouped(value(totals)));
    return [
      theme(
        "strong",
        makeSafe(
          "".padEnd(LABEL) + ["client → server", "server → client"].map((name) => name.padStart(this.#column)).join(""),
        ),
      ),
      number("frames", ({ frames }) => frames),
      number("messages", ({ messages }) => messages),
      number("fragments", ({ fragments }) => fragments),
      number("bytes", ({ bytes, others }) => bytes + others),
      number("payload bytes", ({ payloadBytes }) => payloadBytes),
      row(`largest ${this.#unit}`, ({ frames, largest, largestIndex }) =>
        frames === 0 && largest === 0
          ? "–"
          : `${grouped(largest)} (${largestIndex === null ? "not complete" : `${this.#unit} ${largestIndex}`})`,
      ),
      ...(SENDERS.some((sender) => this.#totals[sender].compressed > 0)
        ? [
            number("compressed", ({ compressed }) => compressed),
            number("… bytes", ({ compressedBytes }) => compressedBytes),
            number("… inflated", ({ inflatedBytes }) => inflatedBytes),
            row("… ratio", ({ compressedBytes, inflatedBytes }) => ratio(compressedBytes, inflatedBytes) || "–"),
          ]
        : []),
    ];
  }

  #opcodes(theme: Theme): SafeText[] {
    const used = this.#totals.client.opcodes
      .map((count, opcode) => ({ opcode, counts: [count, this.#totals.server.opcodes[opcode] as number] }))
      .filter(({ counts }) => counts.some((count) => count > 0));
    const most = Math.max(1, ...used.flatMap(({ counts }) => counts));
    const room = Math.max(8, Math.min(40, this.#context.columns - LABEL - 2 * this.#column) >> 1);
    const cell = (count: number, last: boolean): SafeText => {
      const length = Math.ceil((count / most) * room);
      const number = makeSafe(grouped(count).padStart(this.#column - room - 1));
      const bar = theme("opcode", makeSafe("█".repeat(length)));
      return last && length === 0 ? number : safely`${number} ${bar}${blanks(last ? 0 : room - length)}`;
    };
    if (used.length === 0) return [];
    return [
      theme("strong", safely`opcodes`),
      ...used.map(({ opcode, counts: [client = 0, server = 0] }) => {
        const title = makeSafe(opcodeTitle(opcode).padEnd(LABEL));
        return safely`${title}${cell(client, false)}${cell(server, true)}`;
      }),
    ];
  }

  #findings(theme: Theme): SafeText[] {
    const tallies = [...this.#tallies.values()];
    if (tallies.length === 0) return [safely`no findings`];
    const total = tallies.reduce((sum, { count }) => sum + count, 0);
    return [
      theme("strong", makeSafe(counted(total, "finding"))),
      ...tallies.map(({ rule, count, first }) => {
        const mark = theme(rule.severity, makeSafe(`${SEVERITY_MARK[rule.severity]} ${rule.severity.padEnd(7)}`));
        const wide = this.#context.columns >= WIDE_FROM;
        const times = makeSafe(`${rule.id.padEnd(26)}${grouped(count).padStart(9)}`);
        return safely`${mark} ${times}${wide ? safely`   ` : safely`\n            `}first: ${makeSafe(first)}`;
      }),
    ];
  }
}

/** What a handshake agreed on, behind its title. */
function agreedIn({ extensions, subprotocol }: HandshakeEvent): string {
  const agreed = [...extensions.map(extensionText), ...(subprotocol === null ? [] : [`subprotocol ${subprotocol}`])];
  return agreed.map((part) => ` · ${escapeText(part)}`).join("");
}
