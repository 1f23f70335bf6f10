import { decodeUtf8 } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";

/** An item that can be selected. */
type SelectableItem =
  | { readonly frame: FrameEvent; readonly findings: readonly Finding[] }
  | { readonly message: MessageEvent; readonly findings: readonly Finding[] }
  | { readonly handshake: { readonly stream: number }; readonly findings: readonly Finding[] };

type ItemFilter = (item: SelectableItem) => boolean;

/** The items to show. */
export interface Selection {
  hasItem(item: SelectableItem): boolean;
  /** Whether to show the end of a sender's frames, with its findings, if any. */
  hasEnd(stream: number, findings: readonly Finding[]): boolean;
  /** Whether a connection is shown completely, so that a verdict on it is possible. */
  isWholeStream(stream: number): boolean;
  /** Whether any part of a connection is shown. */
  hasStream(stream: number): boolean;
}

/** Selects everything. */
export const SELECT_EVERYTHING: Selection = {
  hasItem: () => true,
  hasEnd: () => true,
  isWholeStream: () => true,
  hasStream: () => true,
};

/** Selects only opening handshakes. */
export const SELECT_HANDSHAKES: Selection = {
  ...SELECT_EVERYTHING,
  hasItem: (item) => "handshake" in item,
  isWholeStream: () => false,
};

/** The criteria for shown items. A criterion that is `null` matches everything. */
export interface SelectionCriteria {
  /** The number of the connection. */
  readonly stream: number | null;
  /** The first and the last frame number. */
  readonly frames: readonly [first: number, last: number] | null;
  /** Opcode names, `handshake`, `findings`. */
  readonly kinds: readonly string[] | null;
  /** A pattern that must match the text of a frame or message. */
  readonly pattern: RegExp | null;
}

const FINDINGS_KIND = "findings";
const HANDSHAKE_KIND = "handshake";
/** The kinds that are not opcode names. */
export const NON_OPCODE_KINDS: readonly string[] = [HANDSHAKE_KIND, FINDINGS_KIND];

/** Selects the items that meet all criteria. */
export function buildSelection({ stream, frames, kinds, pattern }: SelectionCriteria): Selection {
  const parts = [
    frames === null ? null : buildIndexFilter(...frames),
    kinds === null ? null : buildKindFilter(kinds),
    pattern === null ? null : buildTextFilter(pattern),
  ].filter((part) => part !== null);
  const here = (number: number): boolean => stream === null || stream === number;
  const findingsWanted = kinds?.includes(FINDINGS_KIND) ?? false;
  return {
    hasItem: (item) => here(itemStream(item)) && parts.every((part) => part(item)),
    hasEnd: (number, findings) => here(number) && (parts.length === 0 || (findingsWanted && findings.length > 0)),
    isWholeStream: (number) => here(number) && parts.length === 0,
    hasStream: here,
  };
}

/** The connection of an item. */
export function itemStream(item: SelectableItem): number {
  if ("frame" in item) return item.frame.stream;
  return "message" in item ? item.message.stream : item.handshake.stream;
}

function buildIndexFilter(first: number, last: number): ItemFilter {
  return (item) => {
    if ("frame" in item) return item.frame.index >= first && item.frame.index <= last;
    return "message" in item && item.message.message.frames.hasAnyBetween(first, last);
  };
}

function buildKindFilter(kinds: readonly string[]): ItemFilter {
  return (item) => kinds.includes(itemKind(item)) || (kinds.includes(FINDINGS_KIND) && item.findings.length > 0);
}

function itemKind(item: SelectableItem): string {
  if ("frame" in item) return opcodeInfo(item.frame.frame.opcode).name;
  return "message" in item ? opcodeInfo(item.message.message.opcode).name : HANDSHAKE_KIND;
}

/** Matches a pattern against text payloads: a fragment's own text and, for the last fragment, also the whole message. */
function buildTextFilter(pattern: RegExp): ItemFilter {
  const occurs = (payload: Uint8Array): boolean => pattern.test(decodeUtf8(payload) ?? "");
  const inMessage = ({ message }: MessageEvent): boolean => message.opcode === OPCODE.text && occurs(message.payload);
  return (item) => {
    if ("message" in item) return inMessage(item.message);
    if (!("frame" in item) || item.frame.messageOpcode !== OPCODE.text) return false;
    const completed = completedMessage(item.frame);
    return (!item.frame.compressed && occurs(item.frame.payload)) || (completed !== null && inMessage(completed));
  };
}
