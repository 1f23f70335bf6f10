import type { ByteWriter } from "../bytes/byte-writer.js";
import { hexByte } from "../bytes/hex.js";
import type { Sender } from "../protocol/frame.js";
import { OPCODE } from "../protocol/opcode.js";
import type { OrdinaryFrame } from "../protocol/ordinary-frame.js";
import { VIEW, WINDOW } from "../protocol/window.js";
import { opcodeTitle } from "./describe.js";
import { hasByte, hasControl } from "./four-bytes.js";

/*
 * The line of an ordinary frame, written as bytes: a tenth of what it costs to put it together from styled pieces. What is
 * written is the same to the last byte (a property test compares).
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DEL = 0x7f;
const LINE_FEED = 0x0a;
const NUMBER_COLUMNS = 6;
const LENGTH_COLUMNS = 9;
/** What a line has besides what fits its columns, at most: characters of several bytes, long numbers. */
const LONGEST_REST = 200;

const encoder = new TextEncoder();
const ELLIPSIS = encoder.encode("…");

/** Writes the lines of ordinary frames for a list without colours. */
export class FrameLine {
  readonly #out: ByteWriter;
  readonly #columns: number;
  /** What stands between the number and the length: by sender, then text and binary. */
  readonly #middles: Readonly<Record<Sender, readonly [Uint8Array, Uint8Array]>>;
  readonly #middleColumns: number;

  /**
   * @param out takes the lines
   * @param columns of a line
   * @param from what says whose frame it is
   * @param flags whether the flags are shown
   */
  constructor(out: ByteWriter, columns: number, from: Readonly<Record<Sender, string>>, flags: boolean) {
    this.#out = out;
    this.#columns = columns;
    const middle = (sender: Sender, opcode: number): string => {
      const shown = flags ? `  ${sender === "client" ? "F---M" : "F----"}` : "";
      return `  ${from[sender]}  ${opcodeTitle(opcode).padEnd(12)}${shown}  `;
    };
    const both = (sender: Sender): readonly [Uint8Array, Uint8Array] => [
      encoder.encode(middle(sender, OPCODE.text)),
      encoder.encode(middle(sender, OPCODE.binary)),
    ];
    this.#middles = { client: both("client"), server: both("server") };
    this.#middleColumns = middle("client", OPCODE.text).length;
  }

  /**
   * Writes the line. False, and nothing is written, for a payload that takes a closer look.
   *
   * @param place what stands before the middle; `null` for the frame's number alone
   * @param least columns that the payload gets at least
   */
  write(frame: OrdinaryFrame, place: string | null, least: number): boolean {
    const out = this.#out;
    const { index, opcode, sender, payloadLength } = frame;
    const text = opcode === OPCODE.text;
    if (text && !frame.ascii) return false;
    frame.unmask();
    out.reserve(this.#columns * 2 + least + LONGEST_REST);
    const begin = out.length;
    if (place === null) out.padded(index, NUMBER_COLUMNS);
    else out.ascii(place);
    const before = out.length - begin;
    out.raw(this.#middles[sender][text ? 0 : 1]);
    const length = out.grouped(payloadLength, LENGTH_COLUMNS);
    out.ascii("  ");
    const room = Math.max(least, this.#columns - before - this.#middleColumns - length - 2);
    if (payloadLength === 0) out.trimEnd();
    else if (!(text ? this.#text(frame, room) : this.#hex(frame, room))) {
      out.length = begin;
      return false;
    }
    out.byte(LINE_FEED);
    return true;
  }

  /** Text between quotes, as much of it as has room; false for characters that are not shown as they are. */
  #text({ start, payloadLength }: OrdinaryFrame, room: number): boolean {
    const out = this.#out;
    const end = start + payloadLength;
    const first = out.length;
    const { bytes: to, view } = out;
    let at = first;
    to[at++] = QUOTE;
    let i = start;
    while (i < end && at - first <= room) {
      const word = i + 4 <= end ? VIEW.getInt32(i) : 0;
      if (!hasControl(word) && !hasByte(word, 0x5c5c5c5c)) {
        view.setInt32(at, word);
        at += 4;
        i += 4;
        continue;
      }
      const byte = WINDOW[i++] as number;
      if (byte < 0x20 || byte === DEL) return false;
      if (byte === BACKSLASH) to[at++] = BACKSLASH;
      to[at++] = byte;
    }
    if (i === end) to[at++] = QUOTE;
    out.length = at;
    this.#clip(first, room);
    return true;
  }

  #hex({ bytes, start, payloadLength }: OrdinaryFrame, room: number): boolean {
    const out = this.#out;
    const first = out.length;
    for (let i = 0; i < payloadLength && out.length - first <= room; i++)
      out.ascii(i === 0 ? hexByte(bytes[start] as number) : ` ${hexByte(bytes[start + i] as number)}`);
    this.#clip(first, room);
    return true;
  }

  /** Cuts off what has no room. */
  #clip(first: number, room: number): void {
    const out = this.#out;
    if (out.length - first <= room) return;
    out.length = first + room - 1;
    out.raw(ELLIPSIS);
  }
}
