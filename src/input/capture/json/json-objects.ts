import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { formatSize } from "../../../bytes/size.js";
import { findPlace, InputError, type Place } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import { formatCharacterAt, TextCursor } from "../../notation/text-cursor.js";
import { findJsonFault, type JsonFault } from "./json-fault.js";
import type { JsonValue } from "./json-value.js";

/** Nothing that is read here has lists within lists as deep as this, or as many of them in one object. */
const MAX_NESTING_DEPTH = 64;
const MAX_NESTED_VALUES = 1_000_000;
/** The names of what leads to the objects are short. */
const MAX_NAME_CHARACTERS = 64;

const charCode = (character: string): number => character.charCodeAt(0);
const OPEN_BRACE = charCode("{");
const CLOSE_BRACE = charCode("}");
const QUOTE = charCode('"');
const BACKSLASH = charCode("\\");
const OPEN_BRACKET = charCode("[");
const CLOSE_BRACKET = charCode("]");
const COLON = charCode(":");
const SEPARATORS: ReadonlySet<number> = new Set([..." \t\r\n,[]"].map(charCode));

/** Takes an object, and tells of a fault in it. */
export type ObjectReceiver = (object: JsonValue, fault: (message: string) => InputError) => void;

/** Which objects are meant, and how large one may be. */
export interface JsonObjectsOptions {
  /** The names that lead to the list that has them; none where they stand at the top, in a list or one a line. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly maxBytes: number;
  readonly hint: string;
}

/** Cuts a list of objects, or one a line, into its objects, so that no more than one of them is kept. */
export class JsonObjects implements NotationReader {
  readonly #onObject: ObjectReceiver;
  readonly #options: JsonObjectsOptions;
  readonly #cursor = new TextCursor();
  /** What there is of the open object from chunks before, and where it begins. */
  readonly #openObject: ByteBuilder;
  #openPlace: Place | null = null;
  /** How deep the reading is within the open object; 0 between two. */
  #depth = 0;
  /** Lists and objects that the open object has. */
  #nestedValues = 0;
  #isInString = false;
  #isEscaped = false;
  readonly #outside: OutsideScanner;

  constructor(take: ObjectReceiver, wanted: JsonObjectsOptions) {
    this.#onObject = take;
    this.#options = wanted;
    this.#openObject = new ByteBuilder(wanted.maxBytes);
    this.#outside = new OutsideScanner(wanted.path);
  }

  /** Whether an object is open. */
  get isInsideObject(): boolean {
    return this.#depth > 0;
  }

  /** Whether the list of objects has been seen, and whether all that was opened around it is closed. */
  get surroundings(): { readonly found: boolean; readonly closed: boolean } {
    return { found: this.#outside.hasFoundList, closed: this.#depth === 0 && this.#outside.isClosed };
  }

  /** The end of what was read so far. */
  get place(): Place {
    return this.#cursor.findPlace(new Uint8Array(0), 0);
  }

  push(input: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < input.length; at++) {
      const character = input[at] as number;
      if (this.#depth === 0) {
        if (character === OPEN_BRACE && this.#outside.isObjectWanted) {
          start = at;
          this.#depth = 1;
          this.#nestedValues = 1;
        } else if (!this.#outside.accept(character)) throw this.#buildNoObjectError(input, at);
      } else if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (character === BACKSLASH) this.#isEscaped = true;
        else if (character === QUOTE) this.#isInString = false;
      } else if (character === QUOTE) this.#isInString = true;
      else if (character === OPEN_BRACE || character === OPEN_BRACKET) this.#enterNested(input, at);
      else if ((character === CLOSE_BRACE || character === CLOSE_BRACKET) && --this.#depth === 0)
        this.#finishObject(input, start, at + 1);
    }
    if (this.#depth > 0) this.#keepOpen(input, start);
    this.#cursor.advance(input);
  }

  /** Throws `InputError` where the open object is broken before it ends: a missing quote or bracket makes it take in all that follows. */
  end(): void {
    if (this.#openPlace === null) return;
    const text = Buffer.from(this.#openObject.take()).toString("utf8");
    const fault = findJsonFault(text);
    if (fault !== null && fault.index < text.length) throw this.#buildFaultError(fault, this.#openPlace, text);
  }

  #enterNested(input: Uint8Array, at: number): void {
    const { hint } = this.#options;
    if (++this.#depth > MAX_NESTING_DEPTH)
      throw new InputError(
        `values are nested more than ${MAX_NESTING_DEPTH} deep`,
        this.#cursor.findPlace(input, at),
        hint,
      );
    if (++this.#nestedValues > MAX_NESTED_VALUES)
      throw new InputError(
        "an object contains more than 1,000,000 lists and objects",
        this.#cursor.findPlace(input, at),
        hint,
      );
  }

  #keepOpen(input: Uint8Array, start: number): void {
    this.#openPlace ??= this.#cursor.findPlace(input, start);
    this.#openObject.append(input, start, input.length);
    if (this.#openObject.omitted === 0) return;
    const { maxBytes, hint } = this.#options;
    throw new InputError(`an object is longer than ${formatSize(maxBytes)}`, this.#openPlace, hint);
  }

  #finishObject(input: Uint8Array, start: number, end: number): void {
    const begun = this.#openPlace;
    if (begun !== null) this.#keepOpen(input.subarray(0, end), start);
    const bytes = begun === null ? input.subarray(start, end) : this.#openObject.take();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    this.#openPlace = null;
    const place = (): Place => begun ?? this.#cursor.findPlace(input, start);
    const fault = (message: string): InputError => new InputError(message, place(), this.#options.hint);
    this.#onObject(this.#parseObject(text, place), fault);
  }

  #parseObject(text: string, place: () => Place): JsonValue {
    try {
      return JSON.parse(text);
    } catch (error) {
      const fault = findJsonFault(text);
      if (fault === null) throw error;
      throw this.#buildFaultError(fault, place(), text);
    }
  }

  #buildFaultError({ index, message }: JsonFault, start: Place, text: string): InputError {
    return new InputError(
      `this is not valid JSON: ${message}`,
      findPlaceWithin(start, text, index),
      this.#options.hint,
    );
  }

  #buildNoObjectError(input: Uint8Array, at: number): InputError {
    const said = `expected an object, but found ${formatCharacterAt(input, at)}`;
    return new InputError(said, this.#cursor.findPlace(input, at), this.#options.hint);
  }
}

/** The place of a character of a text that itself begins at a place. */
function findPlaceWithin(start: Place, text: string, index: number): Place {
  const { offset, line, column, excerpt } = findPlace(text, index);
  return {
    offset: start.offset + offset,
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
    excerpt,
  };
}

/** Follows what stands around the objects: nothing of it is kept but the name that was read last. */
class OutsideScanner {
  readonly #path: readonly string[];
  #depth = 0;
  /** How many of what is open lead to the objects, from the outermost on. */
  #matchedDepth = 0;
  #isInString = false;
  #isEscaped = false;
  #word = "";
  #name = "";
  hasFoundList = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** Whether an object that begins here is one of those that are meant. */
  get isObjectWanted(): boolean {
    const level = this.#path.length === 0 ? 0 : this.#path.length + 1;
    return this.#depth === level && this.#matchedDepth === level && !this.#isInString;
  }

  get isClosed(): boolean {
    return this.#depth === 0 && !this.#isInString;
  }

  /** Takes the next character; false for one that cannot stand here. */
  accept(character: number): boolean {
    if (this.#path.length === 0) return SEPARATORS.has(character);
    if (this.#isInString) this.#readInString(character);
    else if (character === QUOTE) {
      this.#isInString = true;
      this.#word = "";
    } else if (character === COLON) this.#name = this.#word;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) this.#enterNested();
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      if (this.#depth === 0) return false;
      this.#matchedDepth = Math.min(this.#matchedDepth, --this.#depth);
    } else return this.#depth > 0 || SEPARATORS.has(character);
    return true;
  }

  #readInString(character: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (character === BACKSLASH) this.#isEscaped = true;
    else if (character === QUOTE) this.#isInString = false;
    else if (this.#word.length < MAX_NAME_CHARACTERS) this.#word += String.fromCharCode(character);
  }

  #enterNested(): void {
    const depth = this.#depth++;
    if (depth !== this.#matchedDepth || (depth > 0 && this.#name !== this.#path[depth - 1])) return;
    this.#matchedDepth++;
    if (depth === this.#path.length) this.hasFoundList = true;
  }
}
