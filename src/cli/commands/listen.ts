import type { Command } from "commander";
import { quote } from "../../bytes/safe-text.js";
import { ENDPOINT_CALLBACKS } from "../../live/endpoint-policy.js";
import { Listener, type ReplyMode } from "../../live/listener.js";
import { addHelpSections } from "../help.js";
import { LiveSession } from "../live/live-session.js";
import { serve } from "../live/serve.js";
import { parseCloseCodeOption, parseFragmentOption } from "../options/frame-options.js";
import type { LiveOptions } from "../options/live-options.js";
import { addLiveOptions } from "../options/live-options.js";
import { collectValues } from "../options/repeatable.js";
import { parseServerOptions, type ServerArguments } from "../options/server-options.js";
import { parseSizeOption } from "../options/size.js";
import { checkSubprotocols } from "../options/subprotocol.js";
import { addServerOptions } from "../options/with-server-options.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe listen`. */
export function configure(command: Command): void {
  addHelpSections(command, {
    Example: { "wsframe listen --port 9000 --reply broadcast": "a chat server" },
    "Exit code": { 2: "wrong usage, or it cannot listen", 130: "interrupted" },
  })
    .allowExcessArguments()
    .option("--reply <how>", "echo, none, or broadcast (relay each message to all other clients)", "echo")
    .option(
      "--subprotocol <name>",
      "accept this subprotocol (repeatable; default: the first one offered)",
      collectValues,
    );
  addLiveOptions(addServerOptions(command))
    .option("--no-deflate", "refuse compression")
    .option("--fragment <size>", "split messages into fragments of at most this many payload bytes")
    .option("--delay <ms>", "time to wait before each reply", "0")
    .option("--no-pong", "do not answer pings")
    .option("--close-code <n>", "answer a Close frame with this status code")
    .option("--drop-after <n>", "drop the connection at a client's n-th frame, without a Close frame")
    .option("--mask", "mask frames, which a server must not do")
    .option("--accept <which>", "Sec-WebSocket-Accept to send: right or wrong", "right")
    .action(async (options: ListenArguments, { args }: Command) => {
      refuseArguments(args);
      process.exitCode = await listen(options);
    });
}

/** Throws `UsageError` for arguments; a number is most likely a port. */
function refuseArguments([first]: readonly string[]): void {
  if (first === undefined) return;
  const fix = /^\d+$/.test(first) ? `use --port ${first}` : "see wsframe listen --help";
  throw new UsageError(`listen takes no arguments (${quote(first)}); ${fix}`);
}

/** The options of `wsframe listen`, as given. */
export interface ListenArguments extends LiveOptions, ServerArguments {
  readonly reply: string;
  readonly subprotocol?: readonly string[];
  readonly deflate: boolean;
  readonly fragment?: string;
  readonly delay: string;
  readonly pong: boolean;
  readonly closeCode?: string;
  readonly dropAfter?: string;
  readonly mask?: boolean;
  readonly accept: string;
}

const REPLY_MODES: readonly ReplyMode[] = ["echo", "none", "broadcast"];
const MAX_DELAY_MS = 3_600_000;

/** Answers clients until it is interrupted; returns the exit code. */
export async function listen(options: ListenArguments): Promise<number> {
  const address = parseServerOptions(options);
  const listening = {
    ...address,
    policy: {
      role: "server" as const,
      answersPings: options.pong,
      closeCode: options.closeCode === undefined ? null : parseCloseCodeOption(options.closeCode),
      fragmentSize: options.fragment === undefined ? null : parseFragmentOption(options),
      mask: options.mask ?? false,
      maxMessageBytes: parseSizeOption("--max-payload", options.maxPayload),
    },
    reply: parseChoice("--reply", options.reply, REPLY_MODES),
    delay: parseWholeNumber("--delay", options.delay, MAX_DELAY_MS),
    dropAfter:
      options.dropAfter === undefined
        ? null
        : parseWholeNumber("--drop-after", options.dropAfter, Number.MAX_SAFE_INTEGER),
    isAcceptCorrect: parseChoice("--accept", options.accept, ["right", "wrong"]) === "right",
    subprotocols: checkSubprotocols(options.subprotocol ?? []),
    deflate: options.deflate,
  };
  const session = await LiveSession.open(options, false);
  const listener = new Listener(listening, ENDPOINT_CALLBACKS, session);
  return serve(listener, address, session, (url) => `listening on ${url}`);
}

function parseChoice<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined)
    throw new UsageError(`${option} must be ${known.join(", ").replace(/, (\w+)$/, " or $1")}, not ${quote(text)}`);
  return found;
}

function parseWholeNumber(option: string, text: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`${option} must be a whole number from 0 to ${most}, not ${quote(text)}`);
}
