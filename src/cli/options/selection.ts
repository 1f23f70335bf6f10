import { quote } from "../../bytes/safe-text.js";
import { buildSelection, NON_OPCODE_KINDS, SELECT_EVERYTHING, type Selection } from "../../inspect/selection.js";
import { OPCODES } from "../../protocol/frame/opcode.js";
import { UsageError } from "../usage-error.js";

/** The options that select what is shown, as given. */
export interface SelectionOptions {
  readonly stream?: string;
  readonly frame?: string;
  readonly only?: string;
  readonly grep?: string;
}

/** The selection that the options make. */
export function parseSelection(options: SelectionOptions): Selection {
  if (!isSelective(options)) return SELECT_EVERYTHING;
  const { stream, frame, only, grep } = options;
  return buildSelection({
    stream: stream === undefined ? null : parseStreamNumber(stream),
    frames: frame === undefined ? null : parseFrameRange(frame),
    kinds: only === undefined ? null : parseKinds(only),
    pattern: grep === undefined ? null : parsePattern(grep),
  });
}

/** Whether the options hide anything. */
export function isSelective({ stream, frame, only, grep }: SelectionOptions): boolean {
  return [stream, frame, only, grep].some((option) => option !== undefined);
}

function parseStreamNumber(text: string): number {
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new UsageError(`--stream must be a connection number, such as 0, not ${quote(text)}`);
}

function parseFrameRange(text: string): readonly [first: number, last: number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first) {
    throw new UsageError(`--frame must be a number, such as 3, or a range, such as 3-7, not ${quote(text)}`);
  }
  return [first, last];
}

const KINDS: readonly string[] = [...new Set(OPCODES.map(({ name }) => name)), ...NON_OPCODE_KINDS];

function parseKinds(text: string): string[] {
  const kinds = text.split(",").map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(`unknown kind ${quote(unknown)} in --only; choose from ${KINDS.join(", ")}`);
  }
  return kinds;
}

/** A JavaScript regular expression; a leading `(?i)` ignores case, as grep users expect. */
function parsePattern(text: string): RegExp {
  const [, ignoringCase, source = ""] = /^(\(\?i\))?([\s\S]*)$/.exec(text) ?? [];
  const flags = ignoringCase === undefined ? "" : "i";
  const pattern = compilePattern(source, `u${flags}`) ?? compilePattern(source, flags);
  if (pattern !== null) return pattern;
  throw new UsageError(`--grep must be a JavaScript regular expression, not ${quote(text)}`);
}

function compilePattern(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
