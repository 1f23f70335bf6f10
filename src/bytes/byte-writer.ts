import { dataView } from "./data-view.js";

const FIRST_SIZE = 4096;
const FEW = 32;
const ZERO = 0x30;
const BLANK = 0x20;
const BILLION = 1e9;
const BILLION_DIGITS = 9;
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Puts text together as bytes, without a string in between: three times as fast where text is mostly numbers and copies. */
export class ByteWriter {
  readonly #full: (() => void) | null;
  #bytes: Buffer;
  #view: DataView;
  length = 0;

  /**
   * @param size bytes that there is room for at first
   * @param full is called where there is no room for more, to take what was written; when left out, more room is made
   */
  constructor(size: number = FIRST_SIZE, full: (() => void) | null = null) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = dataView(this.#bytes);
    this.#full = full;
  }

  /** What was written: the first {@link length} bytes. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The same, to write numbers of several bytes. */
  get view(): DataView {
    return this.#view;
  }

  /** Goes on in other memory: what was written belongs to somebody else. */
  leave(): void {
    this.#use(Buffer.allocUnsafeSlow(this.#bytes.length));
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = dataView(bytes);
  }

  /** Makes sure that so many bytes more have room. */
  reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    if (this.length > 0) this.#full?.();
    if (this.length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + count));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#use(grown);
  }

  /** Text in UTF-8. */
  text(text: string): void {
    // A character takes three bytes at most for each of its units.
    this.reserve(text.length * 3);
    this.length += this.#bytes.write(text, this.length);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    // A few bytes are copied faster than copying is called.
    if (length > FEW) this.#bytes.set(bytes, this.length);
    else for (let i = 0; i < length; i++) this.#bytes[this.length + i] = bytes[i] as number;
    this.length += length;
  }

  /** ASCII text. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.length++] = text.charCodeAt(i);
  }

  /** One byte. */
  byte(byte: number): void {
    this.reserve(1);
    this.#bytes[this.length++] = byte;
  }

  /** A whole number, 0 to 2^53-1, in decimal digits. */
  number(value: number): void {
    if (value >= BILLION) {
      const high = Math.floor(value / BILLION);
      this.number(high);
      this.#digits(value - high * BILLION, BILLION_DIGITS);
    } else this.#digits(value, digitsOf(value));
  }

  /** A whole number below 2^31 with blanks before it, up to a number of columns. */
  padded(value: number, columns: number): void {
    this.#blanks(columns - digitsOf(value));
    this.number(value);
  }

  /** The same with commas between thousands. Gives the columns that it took. */
  grouped(value: number, columns: number): number {
    const digits = digitsOf(value);
    const taken = digits + Math.floor((digits - 1) / 3);
    this.#blanks(columns - taken);
    if (digits <= 3) this.#digits(value, digits);
    else this.ascii(value.toString().replace(/\B(?=(\d{3})+$)/g, ","));
    return Math.max(columns, taken);
  }

  /** 32 bits as 8 hex digits. */
  hexWord(word: number): void {
    this.reserve(8);
    for (let shift = 28; shift >= 0; shift -= 4)
      this.#bytes[this.length++] = HEX_DIGITS[(word >>> shift) & 15] as number;
  }

  /** Takes back the blanks at the end. */
  trimEnd(): void {
    while (this.length > 0 && this.#bytes[this.length - 1] === BLANK) this.length--;
  }

  #blanks(count: number): void {
    if (count <= 0) return;
    this.reserve(count);
    for (let i = 0; i < count; i++) this.#bytes[this.length++] = BLANK;
  }

  #digits(value: number, digits: number): void {
    this.reserve(digits);
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.length += digits;
  }
}

/** Digits of a whole number below 2^31. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
