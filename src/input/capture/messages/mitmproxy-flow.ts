import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import { buildHttpHead, isHttp1 } from "../rebuilt-head.js";
import { type ParsedTime, parseFloatSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";
import type { TnetValue } from "./tnetstring.js";

type TnetDict = ReadonlyMap<string, TnetValue>;

/** Emits the WebSocket messages of flows. */
export class FlowConverter {
  readonly #sink: TrafficSink;
  #flowCount = 0;
  #connectionCount = 0;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  addFlow(flow: TnetDict): void {
    this.#flowCount++;
    // Until version 6 a WebSocket was a separate flow that contained the flow of its handshake.
    const own = toText(flow.get("type")) === "websocket";
    const socket = own ? flow : toDict(flow.get("websocket"));
    if (socket === null) return;
    if (this.#connectionCount++ === 0) {
      this.#sink.note("a flow file holds messages, not frames: their framing, masking and compression are unknown");
    }
    const outer = own ? (toDict(flow.get("handshake_flow")) ?? flow) : flow;
    const receiver = this.#sink.connection({ endpoints: parseEndpoints(outer), isOpenerKnown: true });
    this.#emitHeads(outer, receiver);
    this.#emitMessages(socket, receiver);
    receiver.end();
  }

  end(): void {
    const others = this.#flowCount - this.#connectionCount;
    if (this.#connectionCount === 0) {
      throw new InputError(
        `none of the ${others} flows of this file is a WebSocket`,
        null,
        "list WebSocket flows with mitmproxy's filter ~websocket",
      );
    }
    if (others > 0) this.#sink.note(`skipped ${others} ${others === 1 ? "flow" : "flows"} without a WebSocket`);
  }

  #emitHeads(flow: TnetDict, receiver: ConnectionReceiver): void {
    const request = toDict(flow.get("request"));
    const response = toDict(flow.get("response"));
    const version = toText(request?.get("http_version"));
    if (request === null || !isHttp1(version)) {
      this.#sink.note(`flow ${this.#flowCount}: the handshake is not shown, because it did not use HTTP/1.1`);
      return;
    }
    const http = version === "" ? "HTTP/1.1" : version;
    const first = `${toText(request.get("method"))} ${toText(request.get("path"))} ${http}`;
    receiver.data(
      0,
      buildHttpHead({ first, headers: parseHeaders(request) }),
      this.#parseTimestamp(request.get("timestamp_start")),
    );
    const status = toNumber(response?.get("status_code"));
    if (response === null || status === null) return;
    const answer =
      `${toText(response.get("http_version")) || http} ${status} ${toText(response.get("reason"))}`.trimEnd();
    const head = buildHttpHead({ first: answer, headers: parseHeaders(response) });
    receiver.data(1, head, this.#parseTimestamp(response.get("timestamp_start")));
  }

  #emitMessages(socket: TnetDict, receiver: ConnectionReceiver): void {
    let dropped = 0;
    let injected = 0;
    for (const message of toList(socket.get("messages"))) {
      const [type, fromClient, content, time, wasDropped, wasInjected] = toList(message);
      const opcode = toNumber(type);
      if (opcode === null || opcode < 0 || opcode > 15 || fromClient?.kind !== "boolean" || content?.kind !== "bytes") {
        throw new InputError(
          `flow ${this.#flowCount}: a message is not in mitmproxy's form`,
          null,
          "a message needs a type, its direction, its content and its time",
        );
      }
      if (isTrue(wasDropped)) dropped++;
      if (isTrue(wasInjected)) injected++;
      const side: Side = fromClient.value ? 0 : 1;
      receiver.message({ side, opcode, payload: content.bytes, at: this.#parseTimestamp(time) });
    }
    if (dropped > 0) this.#sink.note(`flow ${this.#flowCount}: mitmproxy dropped ${dropped} of its messages`);
    if (injected > 0) this.#sink.note(`flow ${this.#flowCount}: mitmproxy injected ${injected} of its messages`);
    this.#emitClose(socket, receiver);
  }

  /** Emits the Close frame, which is stored apart from the messages. 1005 means no code; 1006 and 1015 are never sent. */
  #emitClose(socket: TnetDict, receiver: ConnectionReceiver): void {
    const code = toNumber(socket.get("close_code"));
    const byClient = socket.get("closed_by_client");
    const sender = toText(socket.get("close_sender"));
    if (code === null || code === 1006 || code === 1015 || code < 0 || code > 0xffff) return;
    if (byClient?.kind !== "boolean" && sender !== "client" && sender !== "server") return;
    const client = byClient?.kind === "boolean" ? byClient.value : sender === "client";
    const reason = Buffer.from(toText(socket.get("close_reason")));
    const payload = code === 1005 ? Buffer.alloc(0) : Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), reason]);
    const at = this.#parseTimestamp(socket.get("timestamp_end"));
    receiver.message({ side: client ? 0 : 1, opcode: 8, payload, at });
  }

  #parseTimestamp(value: TnetValue | undefined): ReturnType<typeof buildTimestamp> {
    const time: ParsedTime | null = parseFloatSeconds(toNumber(value));
    return buildTimestamp(time, this.#flowCount);
  }
}

function toDict(value: TnetValue | undefined): TnetDict | null {
  return value?.kind === "dict" ? value.entries : null;
}

function toList(value: TnetValue | undefined): Iterable<TnetValue> {
  return value?.kind === "list" ? value.items : [];
}

function toNumber(value: TnetValue | undefined): number | null {
  return value?.kind === "number" ? value.number : null;
}

function toText(value: TnetValue | undefined): string {
  return value?.kind === "bytes" ? Buffer.from(value.bytes).toString("utf8") : "";
}

function isTrue(value: TnetValue | undefined): boolean {
  return value?.kind === "boolean" && value.value;
}

function parseHeaders(side: TnetDict): (readonly [string, string])[] {
  return Array.from(toList(side.get("headers")), (header) => {
    const [name, value] = toList(header);
    return [toText(name), toText(value)];
  });
}

/** The addresses of the client and the server. */
function parseEndpoints(flow: TnetDict): readonly [string, string] | null {
  const client = toDict(flow.get("client_conn"));
  const server = toDict(flow.get("server_conn"));
  const first = parseEndpoint(client?.get("peername")) ?? parseEndpoint(client?.get("address"));
  const second = parseEndpoint(server?.get("address")) ?? parseEndpoint(server?.get("ip_address"));
  return first === null || second === null ? null : [first, second];
}

function parseEndpoint(value: TnetValue | undefined): string | null {
  const [host, port] = toList(value);
  const name = toText(host);
  const digits = toNumber(port);
  if (name === "" || digits === null) return null;
  return `${name.includes(":") ? `[${name}]` : name}:${digits}`;
}
