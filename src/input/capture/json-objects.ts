import { InputError, type Place, placeIn } from "../input-error.js";
import type { NotationReader } from "../notation/notation.js";
import { characterAt, TextCursor } from "../notation/text-cursor.js";
import type { Json } from "./json.js";

/** What tshark says of one packet is far smaller. */
const LARGEST = 64 * 1024 * 1024;

const code = (character: string): number => character.charCodeAt(0);
const OPEN = code("{");
const CLOSE = code("}");
const QUOTE = code('"');
const BACKSLASH = code("\\");
const BETWEEN: ReadonlySet<number> = new Set([..." \t\r\n,[]"].map(code));

/** Takes an object, and tells of a fault in it. */
export type ObjectTaker = (object: Json, fault: (message: string) => InputError) => void;

/** Cuts a list of objects, or one a line, into its objects, so that no more than one of them is kept. */
export class JsonObjects implements NotationReader {
  readonly #take: ObjectTaker;
  readonly #hint: string;
  readonly #cursor = new TextCursor();
  /** The pieces of the open object from chunks before, and where it begins. */
  #open: Uint8Array[] = [];
  #openBytes = 0;
  #begun: Place | null = null;
  #depth = 0;
  #quoted = false;
  #escaped = false;

  constructor(take: ObjectTaker, hint: string) {
    this.#take = take;
    this.#hint = hint;
  }

  /** Whether an object is open. */
  get inside(): boolean {
    return this.#depth > 0;
  }

  push(input: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < input.length; at++) {
      const character = input[at] as number;
      if (this.#escaped) this.#escaped = false;
      else if (this.#quoted) {
        if (character === BACKSLASH) this.#escaped = true;
        else if (character === QUOTE) this.#quoted = false;
      } else if (character === OPEN) {
        if (this.#depth++ === 0) start = at;
      } else if (this.#depth === 0) {
        if (!BETWEEN.has(character)) throw this.#noObject(input, at);
      } else if (character === QUOTE) this.#quoted = true;
      else if (character === CLOSE && --this.#depth === 0) this.#complete(input, start, at + 1);
    }
    if (this.#depth > 0) this.#keep(input, start);
    this.#cursor.advance(input);
  }

  end(): void {}

  #keep(input: Uint8Array, start: number): void {
    this.#begun ??= this.#cursor.place(input, start);
    this.#open.push(input.slice(start));
    this.#openBytes += input.length - start;
    if (this.#openBytes > LARGEST) throw new InputError("an object of more than 64 MiB", this.#begun, this.#hint);
  }

  #complete(input: Uint8Array, start: number, end: number): void {
    const begun = this.#begun;
    const text = Buffer.concat([...this.#open, input.subarray(start, end)]).toString("utf8");
    this.#open = [];
    this.#openBytes = 0;
    this.#begun = null;
    const place = (): Place => begun ?? this.#cursor.place(input, start);
    const fault = (message: string): InputError => new InputError(message, place(), this.#hint);
    let object: Json;
    try {
      object = JSON.parse(text);
    } catch (error) {
      const index = Number(/position (\d{1,10})/.exec(error instanceof Error ? error.message : "")?.[1] ?? 0);
      throw new InputError("this is no JSON from here on", placeWithin(place(), text, index), this.#hint);
    }
    this.#take(object, fault);
  }

  #noObject(input: Uint8Array, at: number): InputError {
    const said = `${characterAt(input, at)} begins no object`;
    return new InputError(said, this.#cursor.place(input, at), this.#hint);
  }
}

/** The place of a character of a text that itself begins at a place. */
function placeWithin(start: Place, text: string, index: number): Place {
  const { offset, line, column, excerpt } = placeIn(text, index);
  return {
    offset: start.offset + offset,
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
    excerpt,
  };
}
