import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { formatSize } from "../../../bytes/size.js";
import { findPlace, InputError, type Place } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import { formatCharacterAt, TextCursor } from "../../notation/text-cursor.js";
import { findJsonFault, type JsonFault } from "./json-fault.js";
import type { JsonValue } from "./json-value.js";

/** Limits on the nesting and the number of values of one object, well above those of any HAR or tshark output. */
const MAX_NESTING_DEPTH = 64;
const MAX_NESTED_VALUES = 1_000_000;
/** The longest name that is compared with a path. */
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

/** Receives an object, and a function that builds an error at its place. */
export type ObjectReceiver = (object: JsonValue, fault: (message: string) => InputError) => void;

/** Where the objects are, and how large one may be. */
export interface JsonObjectsOptions {
  /** The names that lead to the list of objects; empty if the objects are at the top level, in a list or one per line. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly maxBytes: number;
  readonly hint: string;
}

/** Splits a list of objects, or one object per line, so that only one object at a time is in memory. */
export class JsonObjects implements NotationReader {
  readonly #onObject: ObjectReceiver;
  readonly #options: JsonObjectsOptions;
  readonly #cursor = new TextCursor();
  /** The part of the open object from earlier chunks, and its start. */
  readonly #openObject: ByteBuilder;
  #openPlace: Place | null = null;
  /** The current depth within the open object; 0 between objects. */
  #depth = 0;
  /** The number of lists and objects in the open object. */
  #nestedValues = 0;
  #isInString = false;
  #isEscaped = false;
  readonly #outside: OutsideScanner;

  constructor(onObject: ObjectReceiver, options: JsonObjectsOptions) {
    this.#onObject = onObject;
    this.#options = options;
    this.#openObject = new ByteBuilder(options.maxBytes);
    this.#outside = new OutsideScanner(options.path);
  }

  /** Whether an object is open. */
  get isInsideObject(): boolean {
    return this.#depth > 0;
  }

  /** Whether the list of objects was found, and whether everything around it is closed. */
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

  /** Throws `InputError` if the open object is not valid JSON: a missing quote or bracket lets it swallow the rest of the input. */
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
    const openPlace = this.#openPlace;
    if (openPlace !== null) this.#keepOpen(input.subarray(0, end), start);
    const bytes = openPlace === null ? input.subarray(start, end) : this.#openObject.take();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    this.#openPlace = null;
    const place = (): Place => openPlace ?? this.#cursor.findPlace(input, start);
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
    const message = `expected an object, but found ${formatCharacterAt(input, at)}`;
    return new InputError(message, this.#cursor.findPlace(input, at), this.#options.hint);
  }
}

/** The place of a character of a text that starts at another place. */
function findPlaceWithin(start: Place, text: string, index: number): Place {
  const { offset, line, column, excerpt } = findPlace(text, index);
  return {
    offset: start.offset + offset,
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
    excerpt,
  };
}

/** Scans the JSON around the objects; only the last name is kept. */
class OutsideScanner {
  readonly #path: readonly string[];
  #depth = 0;
  /** How many of the open values, from the outermost, are on the path to the objects. */
  #matchedDepth = 0;
  #isInString = false;
  #isEscaped = false;
  #word = "";
  #name = "";
  hasFoundList = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** Whether an object that starts here is in the list of objects. */
  get isObjectWanted(): boolean {
    const level = this.#path.length === 0 ? 0 : this.#path.length + 1;
    return this.#depth === level && this.#matchedDepth === level && !this.#isInString;
  }

  get isClosed(): boolean {
    return this.#depth === 0 && !this.#isInString;
  }

  /** Scans the next character; false if it is not allowed here. */
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
