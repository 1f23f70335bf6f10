import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { quote } from "../../../bytes/safe-text.js";
import type { Side } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { type ParsedTime, parseSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";
import type { FollowedStream } from "./follow-stream.js";

const YAML_ENTRY = /^ *(?:- )?([a-z]{1,20}): ?(.*)$/;
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;
/** The largest chunk of a stream, in bytes. */
const MAX_PACKET_DATA_BYTES = 64 * 1024 * 1024;
const HINT = "use the form of tshark -z follow,tcp,yaml: peers, then packets with packet, peer, timestamp and data";

interface YamlPacket {
  readonly number: number | null;
  peer: Side;
  time: ParsedTime | null;
  /** Its data so far; missing until the data starts. */
  data: Base64Lines | null;
}

/** `tshark -z follow,tcp,yaml`, and a stream that Wireshark saved as YAML. */
export class FollowYaml implements LineReceiver {
  readonly #stream: FollowedStream;
  readonly #hosts: string[] = [];
  readonly #ports: string[] = [];
  #packet: YamlPacket | null = null;

  constructor(stream: FollowedStream) {
    this.#stream = stream;
  }

  line(line: Line): void {
    const { text } = line;
    if (text.trim() === "" || text.startsWith("#") || text === "---" || text === "...") return;
    const entry = YAML_ENTRY.exec(text);
    if (entry === null) {
      this.#readDataLine(line);
      return;
    }
    const [, key = "", value = ""] = entry;
    const rest = value.trim();
    if (key === "peers") this.#beginStream();
    else if (key === "host") this.#addName(this.#hosts, rest);
    else if (key === "port") this.#addName(this.#ports, rest);
    else if (key === "packets") this.#stream.beginConnection(this.#buildEndpoints());
    else if (key === "packet") this.#beginPacket(/^\d{1,15}$/.test(rest) ? Number(rest) : null);
    else this.#readDetail(line, key, rest);
  }

  end(): void {
    this.#finishPacket();
  }

  #beginStream(): void {
    this.#finishPacket();
    this.#stream.endConnection();
    this.#hosts.length = 0;
    this.#ports.length = 0;
  }

  /** A stream has two ends. */
  #addName(names: string[], name: string): void {
    if (names.length < 2) names.push(name);
  }

  #buildEndpoints(): readonly [string, string] | null {
    const [first, second] = this.#hosts.map((host, index) => {
      return `${host.includes(":") ? `[${host}]` : host}:${this.#ports[index] ?? ""}`;
    });
    return first === undefined || second === undefined ? null : [first, second];
  }

  #beginPacket(number: number | null): void {
    this.#finishPacket();
    this.#packet = { number, peer: 0, time: null, data: null };
  }

  /** Reads a key of a packet. An unknown key may be from a newer version and is ignored. */
  #readDetail(line: Line, key: string, value: string): void {
    const packet = this.#packet;
    if (packet === null) return;
    if (key === "peer") {
      if (value !== "0" && value !== "1") throw buildLineError(line, line.text.length, "the peer must be 0 or 1", HINT);
      packet.peer = value === "1" ? 1 : 0;
    } else if (key === "timestamp") packet.time = parseTimestamp(value);
    else if (key === "data") {
      packet.data = new Base64Lines();
      // Other YAML writers put the data on the same line.
      const inline = value.replace(/^!!binary\b/, "").trim();
      if (inline !== "" && inline !== "|") this.#addData(line, inline.replace(/^["']|["']$/g, ""), packet.data);
    }
  }

  #readDataLine(line: Line): void {
    const packet = this.#packet;
    if (packet?.data == null) throw buildLineError(line, 0, "this is not a line of a followed stream in YAML", HINT);
    this.#addData(line, line.text.trim(), packet.data);
  }

  #addData(line: Line, base64: string, data: Base64Lines): void {
    const bad = base64.search(NOT_BASE64);
    const start = line.text.indexOf(base64);
    if (bad >= 0) {
      const message = `${quote(base64[bad] ?? "")} is not a base64 character`;
      throw buildLineError(line, start + bad, message, "write data as base64 in indented lines");
    }
    if (data.isPadded) throw buildLineError(line, start, "base64 continues after its padding", HINT);
    if (!data.push(base64)) throw buildLineError(line, start, "a packet is longer than 64 MiB", HINT);
  }

  #finishPacket(): void {
    const packet = this.#packet;
    this.#packet = null;
    if (packet?.data == null) return;
    this.#stream.addChunk(packet.peer, packet.data.take(), buildTimestamp(packet.time, packet.number));
  }
}

/** Base64 in lines of any length: a group of four characters may span lines. */
class Base64Lines {
  readonly #bytes = new ByteBuilder(MAX_PACKET_DATA_BYTES);
  #pending = "";
  #isPadded = false;

  /** Whether it ended with padding. */
  get isPadded(): boolean {
    return this.#isPadded;
  }

  /** Adds the next line; false if the data exceeds its limit. */
  push(line: string): boolean {
    this.#isPadded = line.includes("=");
    this.#pending += line;
    this.#decode(this.#pending.length - (this.#pending.length % 4));
    return this.#bytes.omitted === 0;
  }

  take(): Uint8Array {
    this.#decode(this.#pending.length);
    return this.#bytes.take();
  }

  #decode(length: number): void {
    const bytes = Buffer.from(this.#pending.slice(0, length), "base64");
    this.#bytes.append(bytes, 0, bytes.length);
    this.#pending = this.#pending.slice(length);
  }
}

/**
 * The time of a timestamp. tshark prints it from a floating-point number whose last digits are noise:
 * .987854004 was .987854. Nine digits that match such noise count as six.
 */
function parseTimestamp(text: string): ParsedTime | null {
  const noisy = /^\d{9,12}\.\d{9}$/.test(text) && Number(text).toFixed(9) === text;
  return parseSeconds(noisy ? Number(text).toFixed(6) : text);
}
