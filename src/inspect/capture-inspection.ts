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
  type ConnectionReceiver,
  type ConnectionStart,
  otherSide,
  type Side,
  type TrafficSink,
  type TransportEnd,
} from "../protocol/traffic.js";
import type { View } from "../view/view.js";
import { EventPresenter, type PresenterOptions } from "./event-presenter.js";

/** How to read and show a capture. */
export interface CaptureOptions extends Omit<ConnectionOptions, "stream">, PresenterOptions {
  /** The port whose connections are always treated as WebSocket; `null` for none. */
  readonly port: number | null;
  readonly note: (line: string) => void;
  /** Whether its connections are live, from a running program instead of a file. */
  readonly live?: boolean;
}

/** Finds the WebSocket connections of a capture, decodes and judges them, and shows them in a view. */
export class CaptureInspection implements FinderSink {
  readonly #options: CaptureOptions;
  readonly #presenter: EventPresenter;
  readonly #finder: WebSocketFinder;
  #connectionCount = 0;

  /** @param showing the presenter, which other inputs share */
  constructor(view: View, options: CaptureOptions, showing: EventPresenter = new EventPresenter(view, options)) {
    this.#options = options;
    this.#presenter = showing;
    this.#finder = new WebSocketFinder(this, { port: options.port, recognizer: { findWholeFrames } });
  }

  /** The counts so far. */
  get presenter(): EventPresenter {
    return this.#presenter;
  }

  /** The number of WebSocket connections found. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** The receiver for the connections of the capture. */
  get sink(): TrafficSink {
    return this.#finder;
  }

  end(): void {
    this.#finder.end();
  }

  note(line: string): void {
    this.#options.note(line);
  }

  reportOthers(connections: number, bytes: number): void {
    const { note, live = false } = this.#options;
    const traffic = `${formatCount(connections, "other connection")} (${formatCount(bytes, "byte")})`;
    if (live) note(`${traffic} not shown: no WebSocket handshake`);
    else note(`${traffic} in the capture not shown: no WebSocket found there; --port <n> treats a port as WebSocket`);
  }

  /** The receiver for a connection that is WebSocket from its first byte on. */
  addWebSocket(start: ConnectionStart): ConnectionReceiver {
    return this.addFoundConnection({
      start,
      client: 0,
      evidence: "handshake",
      skippedBytes: [0, 0],
      mayStartMidFrame: false,
    });
  }

  addFoundConnection(found: FoundConnection): ConnectionReceiver {
    const stream = this.#presenter.takeStreamNumber();
    this.#connectionCount++;
    const { endpoints } = found.start;
    const named = endpoints === null || found.client === 0 ? endpoints : ([endpoints[1], endpoints[0]] as const);
    this.#presenter.startConnection({ stream, endpoints: named, evidence: found.evidence });
    const wanted = this.#presenter.isStreamShown(stream);
    return new InspectedConnection(found, stream, this.#presenter, this.#options, (sender, bytes) => {
      if (wanted) this.#noteSkipped(named, sender, bytes);
    });
  }

  /** Reports skipped bytes in which no frame was found. */
  #noteSkipped(ends: readonly [string, string] | null, sender: Sender, bytes: number): void {
    const connection = ends === null ? "a connection" : ends.join(" → ");
    this.note(`${connection}: skipped ${formatCount(bytes, "byte")} of the ${sender}: no frame start found`);
  }
}

/** Feeds the bytes of both sides into one connection. */
class InspectedConnection implements ConnectionReceiver {
  readonly #client: Side;
  readonly #connection: Connection;
  readonly #streams: Readonly<Record<Sender, ByteStream>>;
  readonly #noteSkipped: (sender: Sender, bytes: number) => void;
  /** The number of bytes per sender that were skipped before the connection was recognised. */
  readonly #skippedBefore: Readonly<Record<Sender, number>>;

  constructor(
    found: FoundConnection,
    stream: number,
    showing: EventPresenter,
    options: CaptureOptions,
    leftOut: (sender: Sender, bytes: number) => void,
  ) {
    const { client, skippedBytes, mayStartMidFrame } = found;
    this.#noteSkipped = leftOut;
    const server = otherSide(client);
    this.#skippedBefore = mayStartMidFrame
      ? { client: skippedBytes[client], server: skippedBytes[server] }
      : { client: 0, server: 0 };
    this.#client = client;
    this.#connection = new Connection(showing.createSink(), { ...options, stream });
    const connection = (): Connection => this.#connection;
    const createStream = (sender: Sender, side: Side): ByteStream =>
      new ByteStream({
        sender,
        offset: skippedBytes[side],
        mayStartMidFrame,
        nextConnection: connection,
      });
    this.#streams = { client: createStream("client", client), server: createStream("server", server) };
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#streams[this.#toSender(side)].push(bytes, at);
  }

  gap(side: Side, length: number, at: PacketTimestamp): void {
    this.#streams[this.#toSender(side)].addGap(length, at);
  }

  message({ side, opcode, payload, at }: CapturedMessage): void {
    this.#connection.at = at;
    this.#connection.addMessage(this.#toSender(side), opcode, payload);
  }

  end(transport?: TransportEnd): void {
    this.#streams.client.end();
    this.#streams.server.end();
    for (const sender of ["client", "server"] as const) {
      const bytes = this.#skippedBefore[sender] + this.#streams[sender].skippedBytes;
      if (bytes > 0) this.#noteSkipped(sender, bytes);
    }
    const ended = transport === undefined || transport.kind === "open" ? transport : this.#toTcpEnd(transport);
    this.#connection.end(ended ?? null);
  }

  #toTcpEnd({ kind, by }: Extract<TransportEnd, { readonly by: Side }>): TcpEnd {
    return { kind, by: this.#toSender(by) };
  }

  #toSender(side: Side): Sender {
    return side === this.#client ? "client" : "server";
  }
}
