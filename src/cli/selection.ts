import { utf8Text } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection.js";
import { OPCODE, OPCODES, opcodeInfo } from "../protocol/opcode.js";
import type { Finding } from "../rules/judge.js";
import { UsageError } from "./usage-error.js";

/** The options that choose frames, as they were given. */
export interface SelectionOptions {
  readonly frame?: string;
  readonly only?: string;
  readonly grep?: string;
}

type FrameChoice = (event: FrameEvent, findings: readonly Finding[]) => boolean;

/** What is to be shown. */
export interface Selection {
  readonly frame: FrameChoice;
  /** Whether findings that only the end of a sender's frames shows are among it. */
  readonly endFindings: boolean;
}

/** The choice that the options make, `null` when they leave nothing out. */
export function selectionOf({ frame, only, grep }: SelectionOptions): Selection | null {
  const parts = [
    frame === undefined ? null : byIndex(frame),
    only === undefined ? null : byKind(only),
    grep === undefined ? null : byText(grep),
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return {
    frame: (event, findings) => parts.every((part) => part(event, findings)),
    endFindings: only !== undefined && kindsOf(only).includes(FINDINGS),
  };
}

function byIndex(text: string): FrameChoice {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first) {
    throw new UsageError(`--frame ${JSON.stringify(text)} is no frame number, such as 3, or a range, such as 3-7`);
  }
  return ({ index }) => index >= first && index <= last;
}

const FINDINGS = "findings";
const KINDS: readonly string[] = [...new Set(OPCODES.map(({ name }) => name)), FINDINGS];

function kindsOf(text: string): string[] {
  return text.split(",").map((kind) => kind.trim());
}

function byKind(text: string): FrameChoice {
  const kinds = kindsOf(text);
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(`--only ${JSON.stringify(unknown)} is no kind; there are ${KINDS.join(", ")}`);
  }
  return ({ frame }, findings) =>
    kinds.includes(opcodeInfo(frame.opcode).name) || (kinds.includes(FINDINGS) && findings.length > 0);
}

/** Text payloads in which a pattern occurs: of a fragment its own text, of its last one the message's too. */
function byText(text: string): FrameChoice {
  const pattern = patternOf(text);
  const occurs = (payload: Uint8Array): boolean => pattern.test(utf8Text(payload) ?? "");
  return ({ payload, messageOpcode, message }) =>
    messageOpcode === OPCODE.text && (occurs(payload) || (message !== null && occurs(message.payload)));
}

/** A regular expression as JavaScript has it; `(?i)` before it leaves case out of account, as grep's users expect. */
function patternOf(text: string): RegExp {
  const [, ignoringCase, source = ""] = /^(\(\?i\))?([\s\S]*)$/.exec(text) ?? [];
  const flags = ignoringCase === undefined ? "" : "i";
  const pattern = compiled(source, `u${flags}`) ?? compiled(source, flags);
  if (pattern !== null) return pattern;
  throw new UsageError(`--grep ${JSON.stringify(text)} is no regular expression that JavaScript can read`);
}

function compiled(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
