import { PLAIN, type Theme } from "../../src/view/theme.js";
import type { ViewContext } from "../../src/view/view.js";
import type { AnyRecord } from "./records.js";

/** What a view is opened on in a test: it keeps what is written on it. */
export class Paper implements ViewContext {
  readonly theme: Theme;
  readonly columns: number;
  readonly #pieces: Buffer[] = [];

  constructor(columns = 80, theme: Theme = PLAIN) {
    this.columns = columns;
    this.theme = theme;
  }

  readonly write = (piece: string | Uint8Array): void => {
    this.#pieces.push(Buffer.from(piece as string));
  };

  readonly writeBytes = (bytes: Uint8Array, end: number): void => {
    this.#pieces.push(Buffer.from(bytes.subarray(0, end)));
  };

  say(): void {}

  get text(): string {
    return Buffer.concat(this.#pieces).toString();
  }

  /** The records that are written on it, one a line. */
  get records(): AnyRecord[] {
    const { text } = this;
    if (text === "") return [];
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }
}
