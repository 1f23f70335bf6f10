import { endpointText } from "../../bytes/endpoint-text.js";
import { quote } from "../../bytes/safe-text.js";
import { Listener, type Reply } from "../../live/listener.js";
import { JUDGEMENT } from "../conduct.js";
import { cannotListen, type DoorArguments, doorOf, isPublic } from "../door-options.js";
import { closeCodeOf, fragmentSizeOf } from "../frame-options.js";
import { onInterrupt } from "../interrupts.js";
import type { LiveOptions } from "../live-options.js";
import { LiveSession } from "../live-session.js";
import { say } from "../say.js";
import { sizeOf } from "../size-option.js";
import { checkedSubprotocols } from "../subprotocol-option.js";
import { UsageError } from "../usage-error.js";

/** The options of `wsframe listen`, as they were given. */
export interface ListenArguments extends LiveOptions, DoorArguments {
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

const REPLIES: readonly Reply[] = ["echo", "none", "broadcast"];
const LONGEST_DELAY = 3_600_000;
const GOING_AWAY = 1001;

/** Answers clients until it is interrupted; returns the exit code. */
export async function listen(options: ListenArguments): Promise<number> {
  const door = doorOf(options);
  const listening = {
    ...door,
    conduct: {
      role: "server" as const,
      pongs: options.pong,
      closeCode: options.closeCode === undefined ? null : closeCodeOf(options.closeCode),
      fragment: options.fragment === undefined ? null : fragmentSizeOf(options),
      mask: options.mask ?? false,
      largest: sizeOf("--max-payload", options.maxPayload),
    },
    reply: oneOf("--reply", options.reply, REPLIES),
    delay: wholeNumber("--delay", options.delay, LONGEST_DELAY),
    dropAfter:
      options.dropAfter === undefined ? null : wholeNumber("--drop-after", options.dropAfter, Number.MAX_SAFE_INTEGER),
    acceptRight: oneOf("--accept", options.accept, ["right", "wrong"]) === "right",
    subprotocols: checkedSubprotocols(options.subprotocol ?? []),
    deflate: options.deflate,
  };
  const session = await LiveSession.open(options, false);
  const listener = new Listener(listening, JUDGEMENT, session);
  try {
    await listener.open();
  } catch (error) {
    throw cannotListen(error, door);
  }
  const scheme = door.certificate === null ? "ws" : "wss";
  const reach = isPublic(door.host) ? "; other machines can connect" : "";
  say(`listening on ${scheme}://${endpointText(door.host, listener.port)}${reach}; Ctrl-C ends it`);
  const code = await new Promise<number>((resolve) => {
    onInterrupt(resolve);
    session.onGone(() => resolve(0));
  });
  await listener.close(GOING_AWAY);
  await session.end();
  return code;
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new UsageError(`${option} ${quote(text)} is none of ${known.join(", ")}`);
  return found;
}

function wholeNumber(option: string, text: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`${option} ${quote(text)} is no whole number from 0 to ${most}`);
}
