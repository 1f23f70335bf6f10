import type { Command } from "commander";
import { makeLinesSafe, quote } from "../../bytes/safe-text.js";
import { type ConnectionOutcome, WebSocketClient } from "../../live/client.js";
import { ENDPOINT_CALLBACKS } from "../../live/endpoint-policy.js";
import { formatConnectError } from "../../live/transport.js";
import { addHelpSections, formatTerms } from "../help.js";
import { LinePrompt } from "../live/line-prompt.js";
import { LiveSession } from "../live/live-session.js";
import { parsePromptCommand } from "../live/prompt-command.js";
import { PROMPT_COMMANDS } from "../live/prompt-help.js";
import { buildRequest, type RequestOptions } from "../options/client-request.js";
import type { LiveOptions } from "../options/live-options.js";
import { addLiveOptions } from "../options/live-options.js";
import { collectValues } from "../options/repeatable.js";
import { parseSizeOption } from "../options/size.js";
import { parseTarget } from "../options/target.js";
import { note } from "../streams/note.js";
import { onInterrupt } from "../streams/signals.js";
import { writeStderr } from "../streams/standard-streams.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe connect`. */
export function configure(command: Command): void {
  command
    .argument("<url>", "server: ws://host:port/path or wss://user:password@host")
    .option("-H, --header <line>", 'add a request header: -H "Cookie: a=b" (repeatable)', collectValues)
    .option("--subprotocol <name>", "offer this subprotocol (repeatable)", collectValues)
    .option("--origin <origin>", "send this Origin header")
    .option("--deflate", "offer compression (permessage-deflate)")
    .option("--insecure", "skip certificate checks")
    .option("--once", "close after the first message received")
    .option("--wait <seconds>", "time to wait after the end of stdin before closing", "1")
    .option("--no-pong", "do not answer pings");
  addLiveOptions(command);
  addHelpSections(command, {
    "Lines of stdin": PROMPT_COMMANDS,
    Example: { "wsframe connect --once ws://127.0.0.1:8080/chat": "close after the first message" },
    "Exit code": {
      0: "connected and closed normally",
      1: "the server refused, broke a rule, or ended the connection with an error or without a Close frame",
      2: "wrong usage, or the server cannot be reached",
      130: "interrupted",
    },
  }).action(async (url: string, options: ConnectArguments) => {
    process.exitCode = await connect(url, options);
  });
}

/** The options of `wsframe connect`, as given. */
export interface ConnectArguments extends LiveOptions, RequestOptions {
  readonly insecure?: boolean;
  readonly once?: boolean;
  readonly wait: string;
  readonly pong: boolean;
}

const NO_OUTCOME: ConnectionOutcome = {
  isOpened: false,
  handshakeFailure: null,
  isClosingComplete: false,
  closeCode: null,
  isCloseEchoed: false,
};
const NORMAL_CLOSURE = 1000;
const GOING_AWAY = 1001;

/** Connects, sends the lines of stdin, and runs until the connection ends; returns the exit code. */
export async function connect(url: string, options: ConnectArguments): Promise<number> {
  const target = parseTarget(url);
  const wait = parseWaitOption(options.wait);
  const session = await LiveSession.open(options, false);
  let typed: LinePrompt | null = null;
  let interrupted: number | null = null;
  let fault: string | null = null;
  const client = new WebSocketClient(
    {
      target,
      insecure: options.insecure ?? false,
      ...buildRequest(target, options),
      policy: {
        role: "client",
        answersPings: options.pong,
        closeCode: null,
        fragmentSize: null,
        mask: true,
        maxMessageBytes: parseSizeOption("--max-payload", options.maxPayload),
      },
    },
    {
      ...ENDPOINT_CALLBACKS,
      opened() {
        typed = new LinePrompt({
          line(line) {
            sendPromptLine(client, line);
            const { draining } = client;
            if (draining === null) return;
            typed?.pause();
            void draining.then(() => typed?.resume());
          },
          end: () => void setTimeout(() => client.close(NORMAL_CLOSURE), wait * 1000).unref(),
          fault(message) {
            fault = message;
            client.close(NORMAL_CLOSURE);
          },
          interrupt: () => stop(130),
        });
      },
      message() {
        if (options.once) client.close(NORMAL_CLOSURE);
      },
    },
    session,
  );
  const stop = (code: number): void => {
    interrupted ??= code;
    client.close(GOING_AWAY);
  };
  onInterrupt(stop);
  session.setWriteHooks({ before: () => typed?.hide(), after: () => typed?.show() });
  session.onOutputClosed(() => stop(0));
  const outcome = await client.run().catch((error: NodeJS.ErrnoException) => {
    if (interrupted !== null) return NO_OUTCOME;
    throw new UsageError(`cannot connect to ${target.url.protocol}//${target.url.host}: ${formatConnectError(error)}`);
  });
  (typed as LinePrompt | null)?.close();
  session.setWriteHooks(null);
  await session.end();
  if (interrupted !== null) return interrupted;
  if (fault !== null) throw new UsageError(fault);
  const { isOpened, handshakeFailure, isClosingComplete, closeCode, isCloseEchoed } = outcome;
  if (handshakeFailure === "refused") note("the server refused the handshake");
  if (handshakeFailure === "unanswered")
    note(`the server ended the connection without an answer${target.isSecure ? "" : "; if it uses TLS, try wss://"}`);
  // A status code that the user sent and the server echoed is not a server error.
  const well =
    isOpened &&
    isClosingComplete &&
    (isCloseEchoed || closeCode === null || closeCode === NORMAL_CLOSURE || closeCode === GOING_AWAY);
  return well && !session.hasErrors ? 0 : 1;
}

/** Runs one prompt line. If it cannot be sent, a note reports why. */
function sendPromptLine(client: WebSocketClient, line: string): void {
  try {
    const outgoing = parsePromptCommand(line);
    if (outgoing.kind === "message") client.send(outgoing.opcode, outgoing.payload, outgoing.fragment);
    else if (outgoing.kind === "raw") client.sendRaw(outgoing.bytes);
    else if (outgoing.kind === "close") client.close(outgoing.code, outgoing.reason);
    else writeStderr(makeLinesSafe(`${formatTerms(PROMPT_COMMANDS)}\n`));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    note(error.message);
  }
}

function parseWaitOption(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) <= 86_400) return Number(text);
  throw new UsageError(`--wait must be a number of seconds up to 86400, such as 0.5, not ${quote(text)}`);
}
