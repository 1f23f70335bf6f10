import { ByteBuilder } from "../../bytes/byte-builder.js";
import { findPlace, InputError, type Place } from "../input-error.js";
import type { NotationReader } from "./notation.js";

/** The longest text that is kept in memory as a whole, in bytes. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/** A complete text, and its bytes. */
export interface WholeText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A fault at an index of a text. */
export function buildTextError(text: string, index: number, message: string, hint: string): InputError {
  return new InputError(message, findPlace(text, index), hint);
}

/** A reader that collects the whole text before it parses it. */
export function createWholeTextReader(name: string, read: (whole: WholeText) => void): NotationReader {
  const builder = new ByteBuilder(MAX_TEXT_BYTES);
  return {
    push(input) {
      builder.append(input, 0, input.length);
      if (builder.omitted > 0) {
        const place: Place = { offset: MAX_TEXT_BYTES, line: 1, column: 1, excerpt: "" };
        throw new InputError(`${name} is longer than 256 MiB`, place, "give larger data as raw, hex, base64 or a dump");
      }
    },
    end() {
      const bytes = builder.take();
      read({ bytes, text: new TextDecoder().decode(bytes) });
    },
  };
}
