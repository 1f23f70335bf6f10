import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import { formatCount } from "../bytes/size.js";
import { type FinderSink, type FoundConnection, WebSocketFinder } from "../input/capture/find/websocket-finder.js";
import { ByteStream } from "../protocol/byte-stream.js";
import { Connection } from "../protocol/connection.js";
import type { TcpEnd } from "../protocol/connection-events.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import { findWholeFrames } from "../protocol/resync/frame-shape.js";
import {
  type CapturedMessage,
  type CaptureSink,
  type ConnectionStart,
  type ConnectionTap,
  otherSide,
  type Side,
  type TransportEnd,
} from "../protocol/traffic.js";
import type { View } from "../view/view.js";
import { Showing, type ShowingOptions } from "./event-presenter.js";

/** How a capture is to be read and shown. */
export interface CaptureOptions extends Omit<ConnectionOptions, "stream">, ShowingOptions {
  /** The port whose connections are WebSocket whatever they look like; `null` for none. */
  readonly port: number | null;
  readonly say: (line: string) => void;
  /** Whether its connections are open now, and come from a program rather than a file. */
  readonly live?: boolean;
}

/** The way from a capture to a view: its WebSocket connections are found, decoded, judged and shown. */
export class CaptureInspection implements FinderSink {
  readonly #view: View;
  readonly #options: CaptureOptions;
  readonly #showing: Showing;
  readonly #finder: WebSocketFinder;
  #connections = 0;

  /** @param showing the way to the view that is taken by other inputs, too */
  constructor(view: View, options: CaptureOptions, showing: Showing = new Showing(view, options)) {
    this.#view = view;
    this.#options = options;
    this.#showing = showing;
    this.#finder = new WebSocketFinder(this, { port: options.port, shapes: { wholeFrames: findWholeFrames } });
  }

  /** What was shown so far. */
  get showing(): Showing {
    return this.#showing;
  }

  /** How many WebSocket connections were found. */
  get connections(): number {
    return this.#connections;
  }

  /** Takes the connections of the capture. */
  get sink(): CaptureSink {
    return this.#finder;
  }

  end(): void {
    this.#finder.end();
  }

  say(line: string): void {
    this.#options.say(line);
  }

  others(connections: number, bytes: number): void {
    const { say, live = false } = this.#options;
    const traffic = `${formatCount(connections, "other connection")} (${formatCount(bytes, "byte")})`;
    if (live) say(`${traffic} had no WebSocket handshake, and ${connections === 1 ? "is" : "are"} not shown`);
    else
      say(
        `${traffic} in the capture ${connections === 1 ? "is" : "are"} not shown: no WebSocket was seen there (--port says where it is)`,
      );
  }

  /** Takes a connection that is WebSocket from its first byte on. */
  websocket(start: ConnectionStart): ConnectionTap {
    return this.found({ start, client: 0, evidence: "handshake", skipped: [0, 0], inTheMiddle: false });
  }

  found(found: FoundConnection): ConnectionTap {
    const stream = this.#showing.nextStream();
    this.#connections++;
    const { endpoints } = found.start;
    const named = endpoints === null || found.client === 0 ? endpoints : ([endpoints[1], endpoints[0]] as const);
    if (this.#showing.wants(stream)) this.#view.connection({ stream, endpoints: named, evidence: found.evidence });
    const wanted = this.#showing.wants(stream);
    return new Tap(found, stream, this.#showing, this.#options, (sender, bytes) => {
      if (wanted) this.#leftOut(named, sender, bytes);
    });
  }

  /** Bytes of a connection were no frames that could be told. */
  #leftOut(ends: readonly [string, string] | null, sender: Sender, bytes: number): void {
    const connection = ends === null ? "a connection" : ends.join(" → ");
    this.say(
      `${connection}: ${formatCount(bytes, "byte")} of the ${sender} ${bytes === 1 ? "is" : "are"} left out, since it cannot be told there where a frame begins`,
    );
  }
}

/** Leads what the two sides of a connection sent into it. */
class Tap implements ConnectionTap {
  readonly #client: Side;
  readonly #connection: Connection;
  readonly #streams: Readonly<Record<Sender, ByteStream>>;
  readonly #leftOut: (sender: Sender, bytes: number) => void;
  /** Bytes of each sender that were given up before it was known what the connection is. */
  readonly #givenUp: Readonly<Record<Sender, number>>;

  constructor(
    found: FoundConnection,
    stream: number,
    showing: Showing,
    options: CaptureOptions,
    leftOut: (sender: Sender, bytes: number) => void,
  ) {
    const { client, skipped, inTheMiddle } = found;
    this.#leftOut = leftOut;
    const server = otherSide(client);
    this.#givenUp = inTheMiddle ? { client: skipped[client], server: skipped[server] } : { client: 0, server: 0 };
    this.#client = client;
    this.#connection = new Connection(showing.sink(), { ...options, stream });
    const connection = (): Connection => this.#connection;
    const streamOf = (sender: Sender, side: Side): ByteStream =>
      new ByteStream({ sender, offset: skipped[side], mayStartMidFrame: inTheMiddle, nextConnection: connection });
    this.#streams = { client: streamOf("client", client), server: streamOf("server", server) };
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#streams[this.#senderOf(side)].push(bytes, at);
  }

  gap(side: Side, length: number, at: PacketTimestamp): void {
    this.#streams[this.#senderOf(side)].addGap(length, at);
  }

  message({ side, opcode, payload, at }: CapturedMessage): void {
    this.#connection.at = at;
    this.#connection.addMessage(this.#senderOf(side), opcode, payload);
  }

  end(transport?: TransportEnd): void {
    this.#streams.client.end();
    this.#streams.server.end();
    for (const sender of ["client", "server"] as const) {
      const bytes = this.#givenUp[sender] + this.#streams[sender].skippedBytes;
      if (bytes > 0) this.#leftOut(sender, bytes);
    }
    const ended = transport === undefined || transport.kind === "open" ? transport : this.#endedBy(transport);
    this.#connection.end(ended ?? null);
  }

  #endedBy({ kind, by }: Extract<TransportEnd, { readonly by: Side }>): TcpEnd {
    return { kind, by: this.#senderOf(by) };
  }

  #senderOf(side: Side): Sender {
    return side === this.#client ? "client" : "server";
  }
}
