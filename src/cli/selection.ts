import { quote } from "../bytes/safe-text.js";
import { utf8Text } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import { OPCODE, OPCODES, opcodeInfo } from "../protocol/opcode.js";
import type { Finding } from "../rules/judge.js";
import { UsageError } from "./usage-error.js";

/** The options that choose what is shown, as they were given. */
export interface SelectionOptions {
  readonly stream?: string;
  readonly frame?: string;
  readonly only?: string;
  readonly grep?: string;
}

/** What may be chosen or left out. */
type Item =
  | { readonly frame: FrameEvent; readonly findings: readonly Finding[] }
  | { readonly message: MessageEvent; readonly findings: readonly Finding[] }
  | { readonly handshake: { readonly stream: number }; readonly findings: readonly Finding[] };

type Choice = (item: Item) => boolean;

/** What is to be shown. */
export interface Selection {
  item(item: Item): boolean;
  /** Whether the end of a sender's frames, with findings or without, is among it. */
  end(stream: number, findings: readonly Finding[]): boolean;
  /** Whether a connection is shown whole, so that it can be summed up. */
  whole(stream: number): boolean;
  /** Whether anything of a connection is. */
  stream(stream: number): boolean;
}

/** Everything. */
export const EVERYTHING: Selection = { item: () => true, end: () => true, whole: () => true, stream: () => true };

/** Nothing but opening handshakes. */
export const HANDSHAKES: Selection = { ...EVERYTHING, item: (item) => "handshake" in item, whole: () => false };

/** The choice that the options make. */
export function selectionOf(options: SelectionOptions): Selection {
  if (!isSelective(options)) return EVERYTHING;
  const { stream, frame, only, grep } = options;
  const inStream = stream === undefined ? null : byStream(stream);
  const parts = [
    frame === undefined ? null : byIndex(frame),
    only === undefined ? null : byKind(only),
    grep === undefined ? null : byText(grep),
  ].filter((part) => part !== null);
  const here = (number: number): boolean => inStream === null || inStream === number;
  const findingsWanted = only !== undefined && kindsOf(only).includes(FINDINGS);
  return {
    item: (item) => here(streamOf(item)) && parts.every((part) => part(item)),
    end: (number, findings) => here(number) && (parts.length === 0 || (findingsWanted && findings.length > 0)),
    whole: (number) => here(number) && parts.length === 0,
    stream: here,
  };
}

/** Whether the options leave anything out. */
export function isSelective({ stream, frame, only, grep }: SelectionOptions): boolean {
  return [stream, frame, only, grep].some((option) => option !== undefined);
}

function streamOf(item: Item): number {
  if ("frame" in item) return item.frame.stream;
  return "message" in item ? item.message.stream : item.handshake.stream;
}

function byStream(text: string): number {
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new UsageError(`--stream ${quote(text)} is no connection number, such as 0`);
}

function byIndex(text: string): Choice {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first) {
    throw new UsageError(`--frame ${quote(text)} is no frame number, such as 3, or a range, such as 3-7`);
  }
  return (item) => {
    if ("frame" in item) return item.frame.index >= first && item.frame.index <= last;
    return "message" in item && item.message.message.frames.meets(first, last);
  };
}

const FINDINGS = "findings";
const HANDSHAKE = "handshake";
const KINDS: readonly string[] = [...new Set(OPCODES.map(({ name }) => name)), HANDSHAKE, FINDINGS];

function kindsOf(text: string): string[] {
  return text.split(",").map((kind) => kind.trim());
}

function byKind(text: string): Choice {
  const kinds = kindsOf(text);
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(`--only ${quote(unknown)} is no kind; there are ${KINDS.join(", ")}`);
  }
  return (item) => kinds.includes(kindOf(item)) || (kinds.includes(FINDINGS) && item.findings.length > 0);
}

function kindOf(item: Item): string {
  if ("frame" in item) return opcodeInfo(item.frame.frame.opcode).name;
  return "message" in item ? opcodeInfo(item.message.message.opcode).name : HANDSHAKE;
}

/** Text payloads in which a pattern occurs: of a fragment its own text, of its last one the message's too. */
function byText(text: string): Choice {
  const pattern = patternOf(text);
  const occurs = (payload: Uint8Array): boolean => pattern.test(utf8Text(payload) ?? "");
  const inMessage = ({ message }: MessageEvent): boolean => message.opcode === OPCODE.text && occurs(message.payload);
  return (item) => {
    if ("message" in item) return inMessage(item.message);
    if (!("frame" in item) || item.frame.messageOpcode !== OPCODE.text) return false;
    const completed = completedMessage(item.frame);
    return (!item.frame.compressed && occurs(item.frame.payload)) || (completed !== null && inMessage(completed));
  };
}

/** A regular expression as JavaScript has it; `(?i)` before it leaves case out of account, as grep's users expect. */
function patternOf(text: string): RegExp {
  const [, ignoringCase, source = ""] = /^(\(\?i\))?([\s\S]*)$/.exec(text) ?? [];
  const flags = ignoringCase === undefined ? "" : "i";
  const pattern = compiled(source, `u${flags}`) ?? compiled(source, flags);
  if (pattern !== null) return pattern;
  throw new UsageError(`--grep ${quote(text)} is no regular expression that JavaScript can read`);
}

function compiled(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
