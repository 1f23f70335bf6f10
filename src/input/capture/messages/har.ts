import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { quote } from "../../../bytes/safe-text.js";
import type { CaptureSink, ConnectionTap } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { field, type Json } from "../json.js";
import { JsonObjects } from "../json-objects.js";
import { momentOf } from "../moments.js";
import { hasLines, rebuiltHead } from "../rebuilt-head.js";
import { civilTime, floatTime, type Time } from "../times.js";

/** A browser's or Playwright's HAR: the messages of its WebSockets. */
export const har: CaptureFormat = {
  name: "har",
  reads: "a browser's or Playwright's HAR: the messages of its WebSockets",
  probe,
  open: (sink) => new HarReader(sink),
};

const HINT = "record it with Chrome's DevTools (Network, Export HAR) or Playwright's recordHar while the page is open";

/** An entry is read as a whole; a HAR may be larger. */
const LARGEST = 256 * 1024 * 1024;

function probe({ text }: Sample): Fit | null {
  if (text === null || !/^\s{0,64}\{\s{0,64}"log"\s{0,64}:\s{0,64}\{/.test(text)) return null;
  return /"(?:version|creator|browser|pages|entries)"\s{0,64}:/.test(text)
    ? { fit: "sure", why: "the log of a HAR" }
    : null;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Reads entry after entry; only the one that is coming in is in memory. */
class HarReader implements NotationReader {
  readonly #sink: CaptureSink;
  readonly #entries = new JsonObjects((entry) => this.#entry(entry), {
    path: ["log", "entries"],
    largest: LARGEST,
    hint: "save the HAR anew: it is cut or changed, or none of a browser's",
  });
  #read = 0;
  #found = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  push(input: Uint8Array): void {
    this.#entries.push(input);
  }

  end(): void {
    const { found, closed } = this.#entries.surroundings;
    if (!closed)
      throw new InputError("this HAR ends too soon", this.#entries.place, "save the HAR anew: it is cut or changed");
    if (!found) throw new InputError("this HAR has no log.entries", null, HINT);
    const others = this.#read - this.#found;
    if (this.#found === 0)
      throw new InputError(`none of the ${others} entries of this HAR is a WebSocket with its messages`, null, HINT);
    if (others > 0) this.#sink.say(`${others} ${others === 1 ? "entry" : "entries"} without WebSocket left out`);
  }

  #entry(entry: Json): void {
    this.#read++;
    if (!isWebSocket(entry)) return;
    if (this.#found++ === 0)
      this.#sink.say("a HAR holds messages, not frames: how they were framed, masked and compressed is not known");
    readEntry(entry, this.#read, this.#sink);
  }
}

function isWebSocket(entry: Json): boolean {
  return Array.isArray(field(entry, "_webSocketMessages")) || field(entry, "_resourceType") === "websocket";
}

function readEntry(entry: Json, number: number, sink: CaptureSink): void {
  const tap = sink.connection({ endpoints: null, openerSeen: true });
  readHeads(entry, number, tap, sink);
  let unknown = 0;
  for (const message of list(field(entry, "_webSocketMessages"))) {
    if (!readMessage(message, number, tap)) unknown++;
  }
  if (unknown > 0) sink.say(`entry ${number}: ${unknown} that ${unknown === 1 ? "is" : "are"} no message left out`);
  tap.end();
}

function readHeads(entry: Json, number: number, tap: ConnectionTap, sink: CaptureSink): void {
  const request = field(entry, "request");
  const response = field(entry, "response");
  const version = text(field(request, "httpVersion"));
  if (!hasLines(version)) {
    sink.say(`entry ${number}: its handshake is one of ${quote(version)}, which is not shown`);
    return;
  }
  const at = momentOf(civilTime(text(field(entry, "startedDateTime"))), number);
  const http = version === "" ? "HTTP/1.1" : version.toUpperCase();
  const method = text(field(request, "method"));
  if (method !== "") {
    const first = `${method} ${targetOf(text(field(request, "url")))} ${http}`;
    tap.data(0, rebuiltHead({ first, headers: headersOf(request) }), at);
  }
  const status = field(response, "status");
  if (typeof status !== "number" || status < 100 || status > 999) return;
  const first = `${http} ${status} ${text(field(response, "statusText"))}`.trimEnd();
  tap.data(1, rebuiltHead({ first, headers: headersOf(response) }), at);
}

function headersOf(side: Json | undefined): (readonly [string, string])[] {
  return list(field(side, "headers")).map((header) => [text(field(header, "name")), text(field(header, "value"))]);
}

/** What of a URL the request's first line has. */
function targetOf(url: string): string {
  const rest = url
    .replace(/^[a-z]{1,5}:\/\/[^/?#]*/i, "")
    .split("#", 1)
    .join();
  return rest.startsWith("/") ? rest : `/${rest}`;
}

const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/** Hands on a message; false where it is none, as the errors that Chrome keeps among them. */
function readMessage(message: Json, number: number, tap: ConnectionTap): boolean {
  const type = field(message, "type");
  const data = field(message, "data");
  if ((type !== "send" && type !== "receive") || typeof data !== "string") return false;
  const opcode = field(message, "opcode") ?? 1;
  if (typeof opcode !== "number" || !Number.isInteger(opcode) || opcode < 0 || opcode > 15) return false;
  // All but text is in base64.
  if (opcode !== 1 && NOT_BASE64.test(data)) {
    throw new InputError(`entry ${number}: the data of a binary message is no base64`, null, HINT);
  }
  const payload = Buffer.from(data, opcode === 1 ? "utf8" : "base64");
  tap.message({ side: type === "send" ? 0 : 1, opcode, payload, at: messageMoment(field(message, "time"), number) });
  return true;
}

/** Chrome has seconds, Playwright milliseconds. No recording is from before 1973 or after 5138. */
const SMALLEST_MILLISECONDS = 1e11;

function messageMoment(time: Json | undefined, number: number): PacketTimestamp {
  const seconds = typeof time !== "number" ? null : time >= SMALLEST_MILLISECONDS ? time / 1000 : time;
  const at: Time | null = floatTime(seconds);
  return momentOf(at, number);
}
