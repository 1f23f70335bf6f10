import { counted, grouped } from "../bytes/size.js";
import type { EndEvent, FrameEvent } from "../protocol/connection.js";
import { frameLength, type Sender } from "../protocol/frame.js";
import type { Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { opcodeTitle, SEVERITY_MARK } from "./describe.js";
import type { Theme } from "./theme.js";
import type { View, ViewContext, ViewModule } from "./view.js";

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
  payloadBytes = 0;
  /** Bytes of the largest frame, and its number. */
  largest = 0;
  largestFrame = 0;
  readonly opcodes: number[] = new Array(16).fill(0);

  add({ frame, index, place, messageIndex }: FrameEvent): void {
    this.frames++;
    this.bytes += frameLength(frame);
    this.payloadBytes += frame.payloadReceived;
    if (messageIndex !== null) this.messages++;
    if (place === "first" || place === "middle" || place === "last") this.fragments++;
    if (frameLength(frame) > this.largest) {
      this.largest = frameLength(frame);
      this.largestFrame = index;
    }
    (this.opcodes[frame.opcode] as number)++;
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
/** From this width on there is room for wide columns, and for a finding and its first place on one line. */
const WIDE_FROM = 84;

class SummaryView implements View {
  readonly #context: ViewContext;
  readonly #totals: Readonly<Record<Sender, Totals>> = { client: new Totals(), server: new Totals() };
  readonly #tallies = new Map<string, Tally>();

  readonly #column: number;

  constructor(context: ViewContext) {
    this.#context = context;
    this.#column = context.columns < WIDE_FROM ? 22 : 26;
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    this.#totals[event.sender].add(event);
    this.#count(findings, `frame ${event.index}, ${event.sender}`);
  }

  end(event: EndEvent, findings: readonly Finding[]): void {
    this.#count(findings, `end of the ${event.sender}'s frames`);
  }

  close(): void {
    const { write, theme } = this.#context;
    write(`${[...this.#counts(theme), "", ...this.#opcodes(theme), "", ...this.#findings(theme)].join("\n")}\n`);
  }

  #count(findings: readonly Finding[], where: string): void {
    for (const { rule, offset } of findings) {
      const tally = this.#tallies.get(rule.id);
      if (tally === undefined) this.#tallies.set(rule.id, { rule, first: `${where}, offset ${offset}`, count: 1 });
      else tally.count++;
    }
  }

  #counts(theme: Theme): string[] {
    const row = (label: string, value: (totals: Totals) => string): string =>
      label.padEnd(LABEL) + SENDERS.map((sender) => value(this.#totals[sender]).padStart(this.#column)).join("");
    const number = (label: string, value: (totals: Totals) => number): string =>
      row(label, (totals) => grouped(value(totals)));
    return [
      theme(
        "strong",
        "".padEnd(LABEL) + ["client → server", "server → client"].map((name) => name.padStart(this.#column)).join(""),
      ),
      number("frames", ({ frames }) => frames),
      number("messages", ({ messages }) => messages),
      number("fragments", ({ fragments }) => fragments),
      number("bytes", ({ bytes }) => bytes),
      number("payload bytes", ({ payloadBytes }) => payloadBytes),
      row("largest frame", ({ frames, largest, largestFrame }) =>
        frames === 0 ? "–" : `${grouped(largest)} (frame ${largestFrame})`,
      ),
    ];
  }

  #opcodes(theme: Theme): string[] {
    const used = this.#totals.client.opcodes
      .map((count, opcode) => ({ opcode, counts: [count, this.#totals.server.opcodes[opcode] as number] }))
      .filter(({ counts }) => counts.some((count) => count > 0));
    const most = Math.max(1, ...used.flatMap(({ counts }) => counts));
    const room = Math.max(8, Math.min(40, this.#context.columns - LABEL - 2 * this.#column) >> 1);
    const cell = (count: number): string => {
      const length = Math.ceil((count / most) * room);
      return `${grouped(count).padStart(this.#column - room - 1)} ${theme("opcode", "█".repeat(length))}${" ".repeat(room - length)}`;
    };
    return [
      theme("strong", "opcodes"),
      ...used.map(({ opcode, counts }) => `${opcodeTitle(opcode).padEnd(LABEL)}${counts.map(cell).join("")}`.trimEnd()),
    ];
  }

  #findings(theme: Theme): string[] {
    const tallies = [...this.#tallies.values()];
    if (tallies.length === 0) return ["no findings"];
    const total = tallies.reduce((sum, { count }) => sum + count, 0);
    return [
      theme("strong", `${counted(total, "finding")}`),
      ...tallies.map(({ rule, count, first }) => {
        const mark = theme(rule.severity, `${SEVERITY_MARK[rule.severity]} ${rule.severity.padEnd(7)}`);
        const wide = this.#context.columns >= WIDE_FROM;
        return `${mark} ${rule.id.padEnd(26)}${grouped(count).padStart(9)}${wide ? "   " : "\n            "}first: ${first}`;
      }),
    ];
  }
}
