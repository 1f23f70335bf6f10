import { ByteWriter } from "../../src/bytes/byte-writer.js";
import { PLAIN_THEME, type Theme } from "../../src/view/theme.js";
import type { ViewContext } from "../../src/view/view.js";
import type { AnyRecord } from "./any-record.js";

/** A context for a view in a test, which keeps the output. */
export class BufferedViewContext implements ViewContext {
  readonly theme: Theme;
  readonly columns: number;
  readonly out: ByteWriter = new ByteWriter();

  constructor(columns = 80, theme: Theme = PLAIN_THEME) {
    this.columns = columns;
    this.theme = theme;
  }

  readonly write = (piece: string | Uint8Array): void => {
    if (typeof piece === "string") this.out.writeText(piece);
    else this.out.writeBytes(piece);
  };

  note(): void {}

  get text(): string {
    return this.out.bytes.toString("utf8", 0, this.out.length);
  }

  /** The records in the output, one per line. */
  get records(): AnyRecord[] {
    const { text } = this;
    if (text === "") return [];
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }
}
