import type { Command } from "commander";
import { makeLinesSafe, quote } from "../../bytes/safe-text.js";
import { type Outcome, WebSocketClient } from "../../live/client.js";
import { JUDGEMENT } from "../../live/endpoint-policy.js";
import { reasonOf } from "../../live/link.js";
import { TypedLines } from "../live/line-prompt.js";
import { LiveSession } from "../live/live-session.js";
import { outgoingOf } from "../live/prompt-command.js";
import { HELP } from "../live/prompt-help.js";
import { type RequestOptions, requestTo } from "../options/client-request.js";
import type { LiveOptions } from "../options/live-options.js";
import { withLiveOptions } from "../options/live-options.js";
import { each } from "../options/repeatable.js";
import { sizeOf } from "../options/size.js";
import { targetOf } from "../options/target.js";
import { say } from "../streams/note.js";
import { onInterrupt } from "../streams/signals.js";
import { writeError } from "../streams/standard-streams.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe connect`. */
export function configure(command: Command): void {
  command
    .argument("<url>", "the server: ws://host:port/path or wss://user:password@host")
    .option("-H, --header <line>", 'add a header to the request: -H "Cookie: a=b"; may be given again', each)
    .option("--subprotocol <name>", "offer this subprotocol; may be given again", each)
    .option("--origin <origin>", "say that a page of this origin connects")
    .option("--deflate", "offer to compress messages (permessage-deflate)")
    .option("--insecure", "take any certificate of a wss:// server")
    .option("--once", "close after the first message that comes")
    .option("--wait <seconds>", "close so long after the end of stdin", "1")
    .option("--no-pong", "leave pings unanswered");
  withLiveOptions(command)
    .addHelpText("after", `\nLines of stdin:\n${HELP.replace(/^/gm, "  ").trimEnd()}\n${NOTES}`)
    .action(async (url: string, options: ConnectArguments) => {
      process.exitCode = await connect(url, options);
    });
}

const NOTES = `
Exit code: 0 the connection was opened and closed as it should be; 1 the server
refused, broke a rule, or ended the connection with an error or without the
closing handshake; 2 wrong usage, or a server that cannot be reached; 130 after
Ctrl-C.`;

/** The options of `wsframe connect`, as they were given. */
export interface ConnectArguments extends LiveOptions, RequestOptions {
  readonly insecure?: boolean;
  readonly once?: boolean;
  readonly wait: string;
  readonly pong: boolean;
}

const NOTHING: Outcome = { opened: false, complete: false, code: null, echoed: false };
const NORMAL = 1000;
const GOING_AWAY = 1001;

/** Connects, sends the lines of stdin, and stays until the connection is over; returns the exit code. */
export async function connect(url: string, options: ConnectArguments): Promise<number> {
  const target = targetOf(url);
  const wait = secondsOf(options.wait);
  const session = await LiveSession.open(options, false);
  let typed: TypedLines | null = null;
  let interrupted: number | null = null;
  let fault: string | null = null;
  const client = new WebSocketClient(
    {
      target,
      insecure: options.insecure ?? false,
      ...requestTo(target, options),
      conduct: {
        role: "client",
        pongs: options.pong,
        closeCode: null,
        fragment: null,
        mask: true,
        largest: sizeOf("--max-payload", options.maxPayload),
      },
    },
    {
      ...JUDGEMENT,
      opened() {
        typed = new TypedLines({
          line(line) {
            send(client, line);
            const { behind } = client;
            if (behind === null) return;
            typed?.pause();
            void behind.then(() => typed?.resume());
          },
          end: () => void setTimeout(() => client.close(NORMAL), wait * 1000).unref(),
          fault(message) {
            fault = message;
            client.close(NORMAL);
          },
          interrupt: () => stop(130),
        });
      },
      message() {
        if (options.once) client.close(NORMAL);
      },
    },
    session,
  );
  const stop = (code: number): void => {
    interrupted ??= code;
    client.close(GOING_AWAY);
  };
  onInterrupt(stop);
  session.onWrite({ before: () => typed?.hide(), after: () => typed?.prompt() });
  session.onGone(() => stop(0));
  const outcome = await client.run().catch((error: NodeJS.ErrnoException) => {
    if (interrupted !== null) return NOTHING;
    throw new UsageError(`${target.url.protocol}//${target.url.host} cannot be reached: ${reasonOf(error)}`);
  });
  (typed as TypedLines | null)?.close();
  session.onWrite(null);
  await session.end();
  if (interrupted !== null) return interrupted;
  if (fault !== null) throw new UsageError(fault);
  const { opened, complete, code, echoed } = outcome;
  if (!opened) say("the server did not open the connection");
  // A code that was typed and comes back is no error of the server's.
  const well = opened && complete && (echoed || code === null || code === NORMAL || code === GOING_AWAY);
  return well && !session.broken ? 0 : 1;
}

/** Does what a line says. What cannot be sent is said, and nothing is sent. */
function send(client: WebSocketClient, line: string): void {
  try {
    const outgoing = outgoingOf(line);
    if (outgoing.kind === "message") client.send(outgoing.opcode, outgoing.payload, outgoing.fragment);
    else if (outgoing.kind === "raw") client.sendRaw(outgoing.bytes);
    else if (outgoing.kind === "close") client.close(outgoing.code, outgoing.reason);
    else writeError(makeLinesSafe(HELP));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
  }
}

function secondsOf(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) <= 86_400) return Number(text);
  throw new UsageError(`--wait ${quote(text)} is no number of seconds, such as 1 or 0.5`);
}
