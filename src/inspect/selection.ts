import { decodeUtf8 } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";

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

/** Whatever is not `null` must hold for what is shown. */
export interface SelectionCriteria {
  /** The number of the connection. */
  readonly stream: number | null;
  /** The first and the last frame number. */
  readonly frames: readonly [first: number, last: number] | null;
  /** Opcode names, `handshake`, `findings`. */
  readonly kinds: readonly string[] | null;
  /** Must occur in the text of a frame or message. */
  readonly pattern: RegExp | null;
}

const FINDINGS = "findings";
const HANDSHAKE = "handshake";
/** The kinds besides the names of opcodes. */
export const OTHER_KINDS: readonly string[] = [HANDSHAKE, FINDINGS];

/** What meets all criteria. */
export function selectionBy({ stream, frames, kinds, pattern }: SelectionCriteria): Selection {
  const parts = [
    frames === null ? null : byIndex(...frames),
    kinds === null ? null : byKind(kinds),
    pattern === null ? null : byText(pattern),
  ].filter((part) => part !== null);
  const here = (number: number): boolean => stream === null || stream === number;
  const findingsWanted = kinds?.includes(FINDINGS) ?? false;
  return {
    item: (item) => here(streamOf(item)) && parts.every((part) => part(item)),
    end: (number, findings) => here(number) && (parts.length === 0 || (findingsWanted && findings.length > 0)),
    whole: (number) => here(number) && parts.length === 0,
    stream: here,
  };
}

function streamOf(item: Item): number {
  if ("frame" in item) return item.frame.stream;
  return "message" in item ? item.message.stream : item.handshake.stream;
}

function byIndex(first: number, last: number): Choice {
  return (item) => {
    if ("frame" in item) return item.frame.index >= first && item.frame.index <= last;
    return "message" in item && item.message.message.frames.hasAnyBetween(first, last);
  };
}

function byKind(kinds: readonly string[]): Choice {
  return (item) => kinds.includes(kindOf(item)) || (kinds.includes(FINDINGS) && item.findings.length > 0);
}

function kindOf(item: Item): string {
  if ("frame" in item) return opcodeInfo(item.frame.frame.opcode).name;
  return "message" in item ? opcodeInfo(item.message.message.opcode).name : HANDSHAKE;
}

/** Text payloads in which a pattern occurs: of a fragment its own text, of its last one the message's too. */
function byText(pattern: RegExp): Choice {
  const occurs = (payload: Uint8Array): boolean => pattern.test(decodeUtf8(payload) ?? "");
  const inMessage = ({ message }: MessageEvent): boolean => message.opcode === OPCODE.text && occurs(message.payload);
  return (item) => {
    if ("message" in item) return inMessage(item.message);
    if (!("frame" in item) || item.frame.messageOpcode !== OPCODE.text) return false;
    const completed = completedMessage(item.frame);
    return (!item.frame.compressed && occurs(item.frame.payload)) || (completed !== null && inMessage(completed));
  };
}
