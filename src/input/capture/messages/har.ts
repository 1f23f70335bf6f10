import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { quote } from "../../../bytes/safe-text.js";
import type { ConnectionReceiver, TrafficSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { JsonObjects } from "../json/json-objects.js";
import { getField, type JsonValue } from "../json/json-value.js";
import { buildHttpHead, isHttp1 } from "../rebuilt-head.js";
import { type ParsedTime, parseDateTime, parseFloatSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";

/** HAR of a browser or Playwright: its WebSocket messages. */
export const har: CaptureFormat = {
  name: "har",
  reads: "HAR of a browser or Playwright: its WebSocket messages",
  probe,
  open: (sink) => new HarReader(sink),
};

const HINT = "record it with Chrome DevTools (Network, Export HAR) or Playwright's recordHar while the page is open";

/** The largest entry, in bytes. Only one entry at a time is in memory, so the HAR may be larger. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

function probe({ text }: Sample): Fit | null {
  if (text === null || !/^\s{0,64}\{\s{0,64}"log"\s{0,64}:\s{0,64}\{/.test(text)) return null;
  return /"(?:version|creator|browser|pages|entries)"\s{0,64}:/.test(text)
    ? { fit: "sure", why: "the log of a HAR" }
    : null;
}

function toText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function toList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Reads a HAR entry by entry; only the current one is in memory. */
class HarReader implements NotationReader {
  readonly #sink: TrafficSink;
  readonly #entries = new JsonObjects((entry) => this.#addEntry(entry), {
    path: ["log", "entries"],
    maxBytes: MAX_ENTRY_BYTES,
    hint: "save the HAR again: it is truncated, was changed or is not from a browser",
  });
  #entryCount = 0;
  #webSocketCount = 0;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  push(input: Uint8Array): void {
    this.#entries.push(input);
  }

  end(): void {
    this.#entries.end();
    const { found, closed } = this.#entries.surroundings;
    if (!closed) throw new InputError("this HAR is truncated", this.#entries.place, "save it again");
    if (!found) throw new InputError("this HAR has no log.entries", null, HINT);
    const others = this.#entryCount - this.#webSocketCount;
    if (this.#webSocketCount === 0)
      throw new InputError(`none of the ${others} entries of this HAR has WebSocket messages`, null, HINT);
    if (others > 0) this.#sink.note(`skipped ${others} ${others === 1 ? "entry" : "entries"} without a WebSocket`);
  }

  #addEntry(entry: JsonValue): void {
    this.#entryCount++;
    if (!isWebSocket(entry)) return;
    if (this.#webSocketCount++ === 0)
      this.#sink.note("a HAR holds messages, not frames: their framing, masking and compression are unknown");
    readEntry(entry, this.#entryCount, this.#sink);
  }
}

function isWebSocket(entry: JsonValue): boolean {
  return Array.isArray(getField(entry, "_webSocketMessages")) || getField(entry, "_resourceType") === "websocket";
}

function readEntry(entry: JsonValue, number: number, sink: TrafficSink): void {
  const receiver = sink.connection({ endpoints: null, isOpenerKnown: true });
  readHeads(entry, number, receiver, sink);
  let unknown = 0;
  for (const message of toList(getField(entry, "_webSocketMessages"))) {
    if (!readMessage(message, number, receiver)) unknown++;
  }
  if (unknown > 0)
    sink.note(
      `entry ${number}: skipped ${unknown} ${unknown === 1 ? "item that is not a message" : "items that are not messages"}`,
    );
  receiver.end();
}

function readHeads(entry: JsonValue, number: number, receiver: ConnectionReceiver, sink: TrafficSink): void {
  const request = getField(entry, "request");
  const response = getField(entry, "response");
  const version = toText(getField(request, "httpVersion"));
  if (!isHttp1(version)) {
    sink.note(`entry ${number}: the handshake is not shown, because it used ${quote(version)}`);
    return;
  }
  const at = buildTimestamp(parseDateTime(toText(getField(entry, "startedDateTime"))), number);
  const http = version === "" ? "HTTP/1.1" : version.toUpperCase();
  const method = toText(getField(request, "method"));
  if (method !== "") {
    const first = `${method} ${parseRequestTarget(toText(getField(request, "url")))} ${http}`;
    receiver.data(0, buildHttpHead({ first, headers: parseHeaders(request) }), at);
  }
  const status = getField(response, "status");
  if (typeof status !== "number" || status < 100 || status > 999) return;
  const first = `${http} ${status} ${toText(getField(response, "statusText"))}`.trimEnd();
  receiver.data(1, buildHttpHead({ first, headers: parseHeaders(response) }), at);
}

function parseHeaders(side: JsonValue | undefined): (readonly [string, string])[] {
  return toList(getField(side, "headers")).map((header) => [
    toText(getField(header, "name")),
    toText(getField(header, "value")),
  ]);
}

/** The request target of a URL. */
function parseRequestTarget(url: string): string {
  const rest = url
    .replace(/^[a-z]{1,5}:\/\/[^/?#]*/i, "")
    .split("#", 1)
    .join();
  return rest.startsWith("/") ? rest : `/${rest}`;
}

const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/** Emits a message; false if it is not one, such as the errors that Chrome lists among them. */
function readMessage(message: JsonValue, number: number, receiver: ConnectionReceiver): boolean {
  const type = getField(message, "type");
  const data = getField(message, "data");
  if ((type !== "send" && type !== "receive") || typeof data !== "string") return false;
  const opcode = getField(message, "opcode") ?? 1;
  if (typeof opcode !== "number" || !Number.isInteger(opcode) || opcode < 0 || opcode > 15) return false;
  // Everything except text is in base64.
  if (opcode !== 1 && NOT_BASE64.test(data)) {
    throw new InputError(`entry ${number}: the data of a binary message is not base64`, null, HINT);
  }
  const payload = Buffer.from(data, opcode === 1 ? "utf8" : "base64");
  receiver.message({
    side: type === "send" ? 0 : 1,
    opcode,
    payload,
    at: parseMessageTimestamp(getField(message, "time"), number),
  });
  return true;
}

/** Chrome writes seconds, Playwright milliseconds. This limit is right for recordings between 1973 and 5138. */
const MIN_MILLISECOND_TIME = 1e11;

function parseMessageTimestamp(time: JsonValue | undefined, number: number): PacketTimestamp {
  const seconds = typeof time !== "number" ? null : time >= MIN_MILLISECOND_TIME ? time / 1000 : time;
  const at: ParsedTime | null = parseFloatSeconds(seconds);
  return buildTimestamp(at, number);
}
