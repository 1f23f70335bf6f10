import { ByteBuilder } from "../../bytes/byte-builder.js";
import { formatSize } from "../../bytes/size.js";
import { InputError, type Place, placeIn } from "../input-error.js";
import type { NotationReader } from "../notation/notation.js";
import { characterAt, TextCursor } from "../notation/text-cursor.js";
import type { Json } from "./json.js";

/** Nothing that is read here has lists within lists as deep as this, or as many of them in one object. */
const DEEPEST = 64;
const MOST_LISTS = 1_000_000;
/** The names of what leads to the objects are short. */
const LONGEST_NAME = 64;

const code = (character: string): number => character.charCodeAt(0);
const OPEN = code("{");
const CLOSE = code("}");
const QUOTE = code('"');
const BACKSLASH = code("\\");
const OPEN_LIST = code("[");
const CLOSE_LIST = code("]");
const COLON = code(":");
const BETWEEN: ReadonlySet<number> = new Set([..." \t\r\n,[]"].map(code));

/** Takes an object, and tells of a fault in it. */
export type ObjectTaker = (object: Json, fault: (message: string) => InputError) => void;

/** Which objects are meant, and how large one may be. */
export interface ObjectsWanted {
  /** The names that lead to the list that has them; none where they stand at the top, in a list or one a line. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly largest: number;
  readonly hint: string;
}

/** Cuts a list of objects, or one a line, into its objects, so that no more than one of them is kept. */
export class JsonObjects implements NotationReader {
  readonly #take: ObjectTaker;
  readonly #wanted: ObjectsWanted;
  readonly #cursor = new TextCursor();
  /** What there is of the open object from chunks before, and where it begins. */
  readonly #open: ByteBuilder;
  #begun: Place | null = null;
  /** How deep the reading is within the open object; 0 between two. */
  #depth = 0;
  /** Lists and objects that the open object has. */
  #lists = 0;
  #quoted = false;
  #escaped = false;
  readonly #outside: Outside;

  constructor(take: ObjectTaker, wanted: ObjectsWanted) {
    this.#take = take;
    this.#wanted = wanted;
    this.#open = new ByteBuilder(wanted.largest);
    this.#outside = new Outside(wanted.path);
  }

  /** Whether an object is open. */
  get inside(): boolean {
    return this.#depth > 0;
  }

  /** Whether the list of objects has been seen, and whether all that was opened around it is closed. */
  get surroundings(): { readonly found: boolean; readonly closed: boolean } {
    return { found: this.#outside.found, closed: this.#depth === 0 && this.#outside.closed };
  }

  /** The end of what was read so far. */
  get place(): Place {
    return this.#cursor.place(new Uint8Array(0), 0);
  }

  push(input: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < input.length; at++) {
      const character = input[at] as number;
      if (this.#depth === 0) {
        if (character === OPEN && this.#outside.here) {
          start = at;
          this.#depth = 1;
          this.#lists = 1;
        } else if (!this.#outside.pass(character)) throw this.#noObject(input, at);
      } else if (this.#escaped) this.#escaped = false;
      else if (this.#quoted) {
        if (character === BACKSLASH) this.#escaped = true;
        else if (character === QUOTE) this.#quoted = false;
      } else if (character === QUOTE) this.#quoted = true;
      else if (character === OPEN || character === OPEN_LIST) this.#deeper(input, at);
      else if ((character === CLOSE || character === CLOSE_LIST) && --this.#depth === 0)
        this.#complete(input, start, at + 1);
    }
    if (this.#depth > 0) this.#keep(input, start);
    this.#cursor.advance(input);
  }

  end(): void {}

  #deeper(input: Uint8Array, at: number): void {
    const { hint } = this.#wanted;
    if (++this.#depth > DEEPEST)
      throw new InputError(`lists within lists, more than ${DEEPEST} deep`, this.#cursor.place(input, at), hint);
    if (++this.#lists > MOST_LISTS)
      throw new InputError("an object of more than 1,000,000 lists and objects", this.#cursor.place(input, at), hint);
  }

  #keep(input: Uint8Array, start: number): void {
    this.#begun ??= this.#cursor.place(input, start);
    this.#open.append(input, start, input.length);
    if (this.#open.omitted === 0) return;
    const { largest, hint } = this.#wanted;
    throw new InputError(`an object of more than ${formatSize(largest)}`, this.#begun, hint);
  }

  #complete(input: Uint8Array, start: number, end: number): void {
    const begun = this.#begun;
    if (begun !== null) this.#keep(input.subarray(0, end), start);
    const bytes = begun === null ? input.subarray(start, end) : this.#open.take();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    this.#begun = null;
    const place = (): Place => begun ?? this.#cursor.place(input, start);
    const fault = (message: string): InputError => new InputError(message, place(), this.#wanted.hint);
    let object: Json;
    try {
      object = JSON.parse(text);
    } catch (error) {
      const index = Number(/position (\d{1,10})/.exec(error instanceof Error ? error.message : "")?.[1] ?? 0);
      throw new InputError("this is no JSON from here on", placeWithin(place(), text, index), this.#wanted.hint);
    }
    this.#take(object, fault);
  }

  #noObject(input: Uint8Array, at: number): InputError {
    const said = `${characterAt(input, at)} begins no object`;
    return new InputError(said, this.#cursor.place(input, at), this.#wanted.hint);
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

/** Follows what stands around the objects: nothing of it is kept but the name that was read last. */
class Outside {
  readonly #path: readonly string[];
  #depth = 0;
  /** How many of what is open lead to the objects, from the outermost on. */
  #leading = 0;
  #quoted = false;
  #escaped = false;
  #word = "";
  #name = "";
  found = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** Whether an object that begins here is one of those that are meant. */
  get here(): boolean {
    const level = this.#path.length === 0 ? 0 : this.#path.length + 1;
    return this.#depth === level && this.#leading === level && !this.#quoted;
  }

  get closed(): boolean {
    return this.#depth === 0 && !this.#quoted;
  }

  /** Takes the next character; false for one that cannot stand here. */
  pass(character: number): boolean {
    if (this.#path.length === 0) return BETWEEN.has(character);
    if (this.#quoted) this.#inQuotes(character);
    else if (character === QUOTE) {
      this.#quoted = true;
      this.#word = "";
    } else if (character === COLON) this.#name = this.#word;
    else if (character === OPEN || character === OPEN_LIST) this.#opened();
    else if (character === CLOSE || character === CLOSE_LIST) {
      if (this.#depth === 0) return false;
      this.#leading = Math.min(this.#leading, --this.#depth);
    } else return this.#depth > 0 || BETWEEN.has(character);
    return true;
  }

  #inQuotes(character: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === BACKSLASH) this.#escaped = true;
    else if (character === QUOTE) this.#quoted = false;
    else if (this.#word.length < LONGEST_NAME) this.#word += String.fromCharCode(character);
  }

  #opened(): void {
    const depth = this.#depth++;
    if (depth !== this.#leading || (depth > 0 && this.#name !== this.#path[depth - 1])) return;
    this.#leading++;
    if (depth === this.#path.length) this.found = true;
  }
}
