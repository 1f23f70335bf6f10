import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import { momentOf } from "../moments.js";
import { hasLines, rebuiltHead } from "../rebuilt-head.js";
import { floatTime, type Time } from "../times.js";
import type { Tnet } from "./tnetstring.js";

type Dict = ReadonlyMap<string, Tnet>;

/** Tells what the flows of a file hold. */
export class FlowTeller {
  readonly #sink: CaptureSink;
  #flows = 0;
  #connections = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  flow(flow: Dict): void {
    this.#flows++;
    // Until version 6 a WebSocket was a flow of its own, with that of its handshake within it.
    const own = text(flow.get("type")) === "websocket";
    const socket = own ? flow : dict(flow.get("websocket"));
    if (socket === null) return;
    if (this.#connections++ === 0) {
      this.#sink.say(
        "a flow file holds messages, not frames: how they were framed, masked and compressed is not known",
      );
    }
    const outer = own ? (dict(flow.get("handshake_flow")) ?? flow) : flow;
    const tap = this.#sink.connection({ endpoints: endpointsOf(outer), openerSeen: true });
    this.#heads(outer, tap);
    this.#messages(socket, tap);
    tap.end();
  }

  end(): void {
    const others = this.#flows - this.#connections;
    if (this.#connections === 0) {
      throw new InputError(
        `none of the ${others} flows of this file is a WebSocket`,
        null,
        "mitmproxy's filter ~websocket shows those that are",
      );
    }
    if (others > 0) this.#sink.say(`${others} ${others === 1 ? "flow" : "flows"} without WebSocket left out`);
  }

  #heads(flow: Dict, tap: ConnectionTap): void {
    const request = dict(flow.get("request"));
    const response = dict(flow.get("response"));
    const version = text(request?.get("http_version"));
    if (request === null || !hasLines(version)) {
      this.#sink.say(`flow ${this.#flows}: its handshake is none of HTTP/1.1, and is not shown`);
      return;
    }
    const http = version === "" ? "HTTP/1.1" : version;
    const first = `${text(request.get("method"))} ${text(request.get("path"))} ${http}`;
    tap.data(0, rebuiltHead({ first, headers: headersOf(request) }), this.#at(request.get("timestamp_start")));
    const status = number(response?.get("status_code"));
    if (response === null || status === null) return;
    const answer = `${text(response.get("http_version")) || http} ${status} ${text(response.get("reason"))}`.trimEnd();
    const head = rebuiltHead({ first: answer, headers: headersOf(response) });
    tap.data(1, head, this.#at(response.get("timestamp_start")));
  }

  #messages(socket: Dict, tap: ConnectionTap): void {
    let dropped = 0;
    let injected = 0;
    for (const message of list(socket.get("messages"))) {
      const [type, fromClient, content, time, wasDropped, wasInjected] = list(message);
      const opcode = number(type);
      if (opcode === null || opcode < 0 || opcode > 15 || fromClient?.kind !== "boolean" || content?.kind !== "bytes") {
        throw new InputError(
          `flow ${this.#flows}: a message is not as mitmproxy writes it`,
          null,
          "a message has a type, whether it is from the client, its content and its time",
        );
      }
      if (isTrue(wasDropped)) dropped++;
      if (isTrue(wasInjected)) injected++;
      const side: Side = fromClient.value ? 0 : 1;
      tap.message({ side, opcode, payload: content.bytes, at: this.#at(time) });
    }
    if (dropped > 0) this.#sink.say(`flow ${this.#flows}: ${dropped} of its messages were not passed on by mitmproxy`);
    if (injected > 0) this.#sink.say(`flow ${this.#flows}: ${injected} of its messages were made by mitmproxy`);
    this.#close(socket, tap);
  }

  /** How the connection was closed is kept apart from the messages. 1005 stands for no code; 1006 and 1015 were never sent. */
  #close(socket: Dict, tap: ConnectionTap): void {
    const code = number(socket.get("close_code"));
    const byClient = socket.get("closed_by_client");
    const sender = text(socket.get("close_sender"));
    if (code === null || code === 1006 || code === 1015 || code < 0 || code > 0xffff) return;
    if (byClient?.kind !== "boolean" && sender !== "client" && sender !== "server") return;
    const client = byClient?.kind === "boolean" ? byClient.value : sender === "client";
    const reason = Buffer.from(text(socket.get("close_reason")));
    const payload = code === 1005 ? Buffer.alloc(0) : Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), reason]);
    const at = this.#at(socket.get("timestamp_end"));
    tap.message({ side: client ? 0 : 1, opcode: 8, payload, at });
  }

  #at(value: Tnet | undefined): ReturnType<typeof momentOf> {
    const time: Time | null = floatTime(number(value));
    return momentOf(time, this.#flows);
  }
}

function dict(value: Tnet | undefined): Dict | null {
  return value?.kind === "dict" ? value.entries : null;
}

function list(value: Tnet | undefined): Iterable<Tnet> {
  return value?.kind === "list" ? value.items : [];
}

function number(value: Tnet | undefined): number | null {
  return value?.kind === "number" ? value.number : null;
}

function text(value: Tnet | undefined): string {
  return value?.kind === "bytes" ? Buffer.from(value.bytes).toString("utf8") : "";
}

function isTrue(value: Tnet | undefined): boolean {
  return value?.kind === "boolean" && value.value;
}

function headersOf(side: Dict): (readonly [string, string])[] {
  return Array.from(list(side.get("headers")), (header) => {
    const [name, value] = list(header);
    return [text(name), text(value)];
  });
}

/** The client's address and the server's, as the flow has them. */
function endpointsOf(flow: Dict): readonly [string, string] | null {
  const client = dict(flow.get("client_conn"));
  const server = dict(flow.get("server_conn"));
  const first = addressOf(client?.get("peername")) ?? addressOf(client?.get("address"));
  const second = addressOf(server?.get("address")) ?? addressOf(server?.get("ip_address"));
  return first === null || second === null ? null : [first, second];
}

function addressOf(value: Tnet | undefined): string | null {
  const [host, port] = list(value);
  const name = text(host);
  const digits = number(port);
  if (name === "" || digits === null) return null;
  return `${name.includes(":") ? `[${name}]` : name}:${digits}`;
}
