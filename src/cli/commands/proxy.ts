import { endpointText } from "../../bytes/endpoint-text.js";
import { RelayingProxy } from "../../live/proxy.js";
import { JUDGEMENT } from "../conduct.js";
import { cannotListen, type DoorArguments, doorOf, isPublic } from "../door-options.js";
import { onInterrupt } from "../interrupts.js";
import type { LiveOptions } from "../live-options.js";
import { LiveSession } from "../live-session.js";
import { say } from "../say.js";
import { targetOf } from "../target.js";

/** The options of `wsframe proxy`, as they were given. */
export interface ProxyArguments extends LiveOptions, DoorArguments {
  readonly insecure?: boolean;
}

const GOING_AWAY = 1001;

/** Relays between clients and a server until it is interrupted; returns the exit code. */
export async function proxy(url: string, options: ProxyArguments): Promise<number> {
  const target = targetOf(url);
  const door = doorOf(options);
  const session = await LiveSession.open(options, true);
  const relay = new RelayingProxy({ ...door, target, insecure: options.insecure ?? false }, session);
  try {
    await relay.open();
  } catch (error) {
    throw cannotListen(error, door);
  }
  if (target.url.username !== "" || target.url.password !== "")
    say("the name and the password in the URL are ignored: a proxy relays the requests of its clients as they are");
  const scheme = door.certificate === null ? "ws" : "wss";
  const reach = isPublic(door.host) ? "; other machines can connect" : "";
  say(
    `${scheme}://${endpointText(door.host, relay.port)}${target.url.pathname} leads to ${target.url.protocol}//${target.url.host}${reach}; Ctrl-C ends it`,
  );
  const code = await new Promise<number>((resolve) => {
    onInterrupt(resolve);
    session.onGone(() => resolve(0));
  });
  await relay.close(GOING_AWAY, JUDGEMENT.maskingKey);
  await session.end();
  return code;
}
