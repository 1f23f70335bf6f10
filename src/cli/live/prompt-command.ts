import { Command } from "commander";
import { parseHex } from "../../bytes/hex.js";
import { quote } from "../../bytes/safe-text.js";
import { OPCODE } from "../../protocol/frame/opcode.js";
import { type BuildOptions, framesOf } from "../options/build-frames.js";
import { closeCodeOf, headerOf } from "../options/frame-options.js";
import { withFrameOptions } from "../options/with-frame-options.js";
import { UsageError } from "../usage-error.js";

/** What a line that was typed says is to be done. */
export type Outgoing =
  | { readonly kind: "message"; readonly opcode: number; readonly payload: Uint8Array; readonly fragment?: number }
  | { readonly kind: "raw"; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly code: number | null; readonly reason: Uint8Array }
  | { readonly kind: "help" };

const text = (rest: string): Uint8Array => Buffer.from(rest);

/** Reads a line. Throws `UsageError` for one that cannot be sent. */
export function outgoingOf(line: string): Outgoing {
  if (!line.startsWith("/") || line.startsWith("//"))
    return { kind: "message", opcode: OPCODE.text, payload: text(line.replace(/^\//, "")) };
  const [, name = "", rest = ""] = /^\/(\S*)\s?(.*)/s.exec(line) ?? [];
  switch (name) {
    case "ping":
      return { kind: "message", opcode: OPCODE.ping, payload: shortEnough(text(rest)) };
    case "pong":
      return { kind: "message", opcode: OPCODE.pong, payload: shortEnough(text(rest)) };
    case "close":
      return closing(rest);
    case "binary":
      return { kind: "message", opcode: OPCODE.binary, payload: hexOf(line, rest) };
    case "raw":
      return { kind: "raw", bytes: hexOf(line, rest) };
    case "fragment":
      return fragmented(rest);
    case "invalid":
      return { kind: "raw", bytes: Buffer.concat(built(rest)) };
    case "help":
      return { kind: "help" };
    default:
      throw new UsageError(`/${name} is nothing that can be done; /help lists what can, and // begins a text with /`);
  }
}

const LONGEST_CONTROL = 125;

function shortEnough(payload: Uint8Array): Uint8Array {
  if (payload.length <= LONGEST_CONTROL) return payload;
  throw new UsageError(
    `a control frame has ${LONGEST_CONTROL} bytes at most, and these are ${payload.length}; /invalid --opcode ping sends it all the same`,
  );
}

function closing(rest: string): Outgoing {
  const [, code = "", reason = ""] = /^(\d+)?\s*(.*)/s.exec(rest) ?? [];
  if (code === "" && reason !== "") throw new UsageError("a reason needs a status code before it: /close 1000 bye");
  const body = text(reason);
  if (body.length > LONGEST_CONTROL - 2)
    throw new UsageError(`a reason has ${LONGEST_CONTROL - 2} bytes at most, and these are ${body.length}`);
  return { kind: "close", code: code === "" ? null : closeCodeOf(code), reason: body };
}

function hexOf(line: string, rest: string): Uint8Array {
  const bytes = parseHex(rest);
  if (bytes !== null) return bytes;
  throw new UsageError(`${quote(line)} needs pairs of hex digits, such as /binary 01 02 ff`);
}

function fragmented(rest: string): Outgoing {
  const [, size = "", message = ""] = /^(\d+)\s(.*)$/s.exec(rest) ?? [];
  if (Number(size) < 1) throw new UsageError("/fragment needs a number of bytes from 1, and a text: /fragment 3 hello");
  return { kind: "message", opcode: OPCODE.text, payload: text(message), fragment: Number(size) };
}

/** Frames as `wsframe encode` builds them, masked as a client's are unless that is said otherwise. */
function built(rest: string): Uint8Array[] {
  let frames: Uint8Array[] = [];
  const command = withFrameOptions(new Command("/invalid").argument("[text...]").exitOverride())
    .option("--no-mask", "leave the frames unmasked")
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .action((words: string[], options: BuildOptions) => {
      const { maskingKey } = options;
      const how = { ...options, from: "text", mask: maskingKey === undefined && (options.mask ?? true), invalid: true };
      frames = framesOf(text(words.join(" ")), headerOf(how), how);
    });
  try {
    command.parse(wordsOf(rest), { from: "user" });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`/invalid: ${(error as Error).message.replace(/^error: /, "")}`);
  }
  return frames;
}

/** Words as a shell has them: quotes hold words together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}
