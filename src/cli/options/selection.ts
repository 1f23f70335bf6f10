import { quote } from "../../bytes/safe-text.js";
import { EVERYTHING, OTHER_KINDS, type Selection, selectionBy } from "../../inspect/selection.js";
import { OPCODES } from "../../protocol/frame/opcode.js";
import { UsageError } from "../usage-error.js";

/** The options that choose what is shown, as they were given. */
export interface SelectionOptions {
  readonly stream?: string;
  readonly frame?: string;
  readonly only?: string;
  readonly grep?: string;
}

/** The choice that the options make. */
export function selectionOf(options: SelectionOptions): Selection {
  if (!isSelective(options)) return EVERYTHING;
  const { stream, frame, only, grep } = options;
  return selectionBy({
    stream: stream === undefined ? null : streamNumber(stream),
    frames: frame === undefined ? null : frameRange(frame),
    kinds: only === undefined ? null : kindsOf(only),
    pattern: grep === undefined ? null : patternOf(grep),
  });
}

/** Whether the options leave anything out. */
export function isSelective({ stream, frame, only, grep }: SelectionOptions): boolean {
  return [stream, frame, only, grep].some((option) => option !== undefined);
}

function streamNumber(text: string): number {
  if (/^\d+$/.test(text.trim())) return Number(text);
  throw new UsageError(`--stream ${quote(text)} is no connection number, such as 0`);
}

function frameRange(text: string): readonly [first: number, last: number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first) {
    throw new UsageError(`--frame ${quote(text)} is no frame number, such as 3, or a range, such as 3-7`);
  }
  return [first, last];
}

const KINDS: readonly string[] = [...new Set(OPCODES.map(({ name }) => name)), ...OTHER_KINDS];

function kindsOf(text: string): string[] {
  const kinds = text.split(",").map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(`--only ${quote(unknown)} is no kind; there are ${KINDS.join(", ")}`);
  }
  return kinds;
}

/** A regular expression as JavaScript has it; `(?i)` before it leaves case out of account, as grep's users expect. */
function patternOf(text: string): RegExp {
  const [, ignoringCase, source = ""] = /^(\(\?i\))?([\s\S]*)$/.exec(text) ?? [];
  const flags = ignoringCase === undefined ? "" : "i";
  const pattern = compiled(source, `u${flags}`) ?? compiled(source, flags);
  if (pattern !== null) return pattern;
  throw new UsageError(`--grep ${quote(text)} is no regular expression that JavaScript can read`);
}

function compiled(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
