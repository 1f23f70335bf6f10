import { Command } from "commander";
import { parseHex } from "../../bytes/hex.js";
import { quote } from "../../bytes/safe-text.js";
import { OPCODE } from "../../protocol/frame/opcode.js";
import { type BuildOptions, buildFrames } from "../options/build-frames.js";
import { parseCloseCodeOption, parseFrameOptions } from "../options/frame-options.js";
import { addFrameOptions } from "../options/with-frame-options.js";
import { UsageError } from "../usage-error.js";

/** A parsed prompt line. */
export type PromptCommand =
  | { readonly kind: "message"; readonly opcode: number; readonly payload: Uint8Array; readonly fragment?: number }
  | { readonly kind: "raw"; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly code: number | null; readonly reason: Uint8Array }
  | { readonly kind: "help" };

const encodeText = (rest: string): Uint8Array => Buffer.from(rest);

/** Parses a line. Throws `UsageError` if it cannot be sent. */
export function parsePromptCommand(line: string): PromptCommand {
  if (!line.startsWith("/") || line.startsWith("//"))
    return { kind: "message", opcode: OPCODE.text, payload: encodeText(line.replace(/^\//, "")) };
  const [, name = "", rest = ""] = /^\/(\S*)\s?(.*)/s.exec(line) ?? [];
  switch (name) {
    case "ping":
      return { kind: "message", opcode: OPCODE.ping, payload: checkControlPayload(encodeText(rest)) };
    case "pong":
      return { kind: "message", opcode: OPCODE.pong, payload: checkControlPayload(encodeText(rest)) };
    case "close":
      return parseClose(rest);
    case "binary":
      return { kind: "message", opcode: OPCODE.binary, payload: parseHexArgument(line, rest) };
    case "raw":
      return { kind: "raw", bytes: parseHexArgument(line, rest) };
    case "fragment":
      return parseFragmented(rest);
    case "invalid":
      return { kind: "raw", bytes: Buffer.concat(buildRawFrames(rest)) };
    case "help":
      return { kind: "help" };
    default:
      throw new UsageError(`unknown command ${quote(`/${name}`)}; /help lists all, // sends a text that starts with /`);
  }
}

const MAX_CONTROL_PAYLOAD_BYTES = 125;

function checkControlPayload(payload: Uint8Array): Uint8Array {
  if (payload.length <= MAX_CONTROL_PAYLOAD_BYTES) return payload;
  throw new UsageError(
    `a control frame carries at most ${MAX_CONTROL_PAYLOAD_BYTES} bytes, not ${payload.length}; /invalid --opcode ping sends it anyway`,
  );
}

function parseClose(rest: string): PromptCommand {
  const [, code = "", reason = ""] = /^(\d+)?\s*(.*)/s.exec(rest) ?? [];
  if (code === "" && reason !== "") throw new UsageError("a reason needs a status code: /close 1000 bye");
  const body = encodeText(reason);
  if (body.length > MAX_CONTROL_PAYLOAD_BYTES - 2)
    throw new UsageError(`a reason has at most ${MAX_CONTROL_PAYLOAD_BYTES - 2} bytes, not ${body.length}`);
  return { kind: "close", code: code === "" ? null : parseCloseCodeOption(code, "the code of /close"), reason: body };
}

function parseHexArgument(line: string, rest: string): Uint8Array {
  const bytes = parseHex(rest);
  if (bytes !== null) return bytes;
  throw new UsageError(`expected pairs of hex digits, such as /binary 01 02 ff, not ${quote(line)}`);
}

function parseFragmented(rest: string): PromptCommand {
  const [, size = "", message = ""] = /^(\d+)\s(.*)$/s.exec(rest) ?? [];
  if (Number(size) < 1) throw new UsageError("/fragment needs a size in bytes and a text: /fragment 3 hello");
  return { kind: "message", opcode: OPCODE.text, payload: encodeText(message), fragment: Number(size) };
}

/** Frames as `wsframe encode` builds them; masked (client) by default. */
function buildRawFrames(rest: string): Uint8Array[] {
  let frames: Uint8Array[] = [];
  const command = addFrameOptions(new Command("/invalid").argument("[text...]").exitOverride())
    .option("--no-mask", "leave the frames unmasked")
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .action((words: string[], options: BuildOptions) => {
      const { maskingKey } = options;
      const how = { ...options, from: "text", mask: maskingKey === undefined && (options.mask ?? true), invalid: true };
      frames = buildFrames(encodeText(words.join(" ")), parseFrameOptions(how), how);
    });
  try {
    command.parse(splitWords(rest), { from: "user" });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`/invalid: ${(error as Error).message.replace(/^error: /, "")}`);
  }
  return frames;
}

/** Splits a line into words as a shell does: quotes group words. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}
