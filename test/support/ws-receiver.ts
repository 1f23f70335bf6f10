import type { EventEmitter } from "node:events";
import * as ws from "ws";
import type { Sender } from "../../src/index.js";

/** Parts that the `ws` package exports but its types lack. */
interface WsParts {
  readonly Receiver: new (
    options: object,
  ) => EventEmitter & { write(bytes: Uint8Array, done: (error?: Error | null) => void): void };
  readonly PerMessageDeflate: new (options: object) => { accept(offers: unknown): void; cleanup(): void };
  readonly extension: { parse(header: string): Record<string, unknown> };
}
const { Receiver, PerMessageDeflate, extension } = ws as unknown as WsParts;

/** The error of the `ws` receiver for some frames; `null` if it accepts them. */
export async function findWsFault(
  frames: Uint8Array,
  sender: Sender,
  extensions: string | null,
): Promise<string | null> {
  const isServer = sender === "client";
  const deflate = new PerMessageDeflate({ isServer });
  if (extensions !== null) deflate.accept(extension.parse(extensions)["permessage-deflate"]);
  const reader = new Receiver({ isServer, extensions: extensions === null ? {} : { "permessage-deflate": deflate } });
  const fault = await new Promise<string | null>((resolve) => {
    reader.on("error", ({ message }: Error) => resolve(message));
    // The receiver unmasks in place.
    reader.write(Uint8Array.from(frames), (error) => {
      if (!error) resolve(null);
    });
  });
  deflate.cleanup();
  return fault;
}
