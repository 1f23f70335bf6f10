import { parseIpAddress } from "../../../bytes/ip-address.js";
import { formatCount } from "../../../bytes/size.js";
import { ACK, buildTcpPacket } from "../../../bytes/tcp-packet.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import { JsonObjects } from "../json/json-objects.js";
import { getField, type JsonValue } from "../json/json-value.js";
import type { Packet, PacketSink } from "../net/packet.js";
import { guessLink } from "../pcap/link-guess.js";
import { type ParsedTime, parseDateTime, parseSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";

const HINT = "print whole packets: tshark -r FILE -T json -x";
/** The output of tshark for one packet is far smaller. */
const OBJECT_OPTIONS = { path: [], maxBytes: 64 * 1024 * 1024, hint: HINT };
const LINK_TYPE_ETHERNET = 1;
const LINK_TYPE_RAW_IP = 101;

/** The link types of pcap by their numbers in Wireshark. */
const LINK_TYPES_BY_ENCAPSULATION: ReadonlyMap<string, number> = new Map([
  ["1", LINK_TYPE_ETHERNET],
  ["7", LINK_TYPE_RAW_IP],
  ["15", 0],
  ["25", 113],
  ["129", LINK_TYPE_RAW_IP],
  ["130", LINK_TYPE_RAW_IP],
  ["210", 276],
]);

/** Whether a text starts like tshark's -T json, jsonraw or ek, or with only the layers. */
export function isPacketJson(text: string): boolean {
  const [start] = /^\s{0,64}(?:\[\s{0,64})?\{\s{0,64}"(?:_index|_source|index|timestamp|layers|frame|frame_raw)":/.exec(
    text,
  ) ?? [null];
  return start !== null && (/"frame(?:_raw)?":$/.test(start) || /"layers"\s{0,8}:\s{0,8}\{/.test(text));
}

/** A packet built from its TCP fields, or why it could not be built. */
type RebuiltPacket = Uint8Array | "no TCP" | "incomplete";

/** Reads tshark's -T json, jsonraw and ek: whole packets if they are included (-x), else the TCP fields. */
export class TsharkJsonReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #note: (line: string) => void;
  readonly #objects = new JsonObjects((object, fault) => this.#readObject(object, fault), OBJECT_OPTIONS);
  #linkType: number | null = null;
  #packetCount = 0;
  #emittedCount = 0;
  #incompleteCount = 0;
  /** The number of packets with payload bytes, and of those that lack them. */
  #withPayloadCount = 0;
  #withoutPayloadCount = 0;

  constructor(out: PacketSink, note: (line: string) => void) {
    this.#out = out;
    this.#note = note;
  }

  push(input: Uint8Array): void {
    this.#objects.push(input);
  }

  end(): void {
    this.#objects.end();
    if (this.#objects.isInsideObject)
      this.#note(`the input ends inside a packet: packet ${this.#packetCount + 1} skipped`);
    if (this.#packetCount === 0) throw new InputError("the input has no packets: no object has layers", null, HINT);
    if (this.#incompleteCount > 0 && this.#emittedCount === 0) {
      const message = "these packets have neither frame_raw nor all of TCP's fields";
      throw new InputError(message, null, `${HINT}, or all fields: tshark -r FILE -T json`);
    }
    if (this.#withoutPayloadCount > 0 && this.#withPayloadCount === 0)
      throw new InputError("these packets have neither frame_raw nor tcp.payload", null, HINT);
    if (this.#incompleteCount > 0)
      this.#note(`${formatCount(this.#incompleteCount, "packet")} skipped: some of their TCP fields are missing`);
  }

  #readObject(object: JsonValue, fault: (message: string) => InputError): void {
    const layers = findLayers(object);
    if (layers === undefined) return;
    this.#packetCount++;
    const raw = findRawFrame(getField(layers, "frame_raw"));
    const rebuilt = raw === null ? this.#rebuildPacket(layers, fault) : null;
    if (rebuilt === null) this.#emitWholePacket(layers, parseHexField(raw as string, "frame_raw", fault));
    else if (typeof rebuilt === "object")
      this.#emitPacket(layers, { linkType: LINK_TYPE_RAW_IP, bytes: rebuilt, length: 0 });
    else if (rebuilt === "incomplete") this.#incompleteCount++;
  }

  #emitWholePacket(layers: JsonValue, bytes: Uint8Array): void {
    const known = LINK_TYPES_BY_ENCAPSULATION.get(findFieldText(layers, "frame", "encap_type") ?? "");
    const guess = known === undefined ? guessLink(bytes, this.#linkType) : null;
    this.#linkType = known ?? guess?.linkType ?? this.#linkType;
    this.#withPayloadCount++;
    this.#emitPacket(layers, { linkType: this.#linkType ?? LINK_TYPE_ETHERNET, bytes, length: guess?.wireLength ?? 0 });
  }

  #emitPacket(
    layers: JsonValue,
    { linkType, bytes, length }: { linkType: number; bytes: Uint8Array; length: number },
  ): void {
    const wireLength = parseUint32(findFieldText(layers, "frame", "len")) ?? 0;
    const at = buildTimestamp(
      parseTime(layers),
      parseUint32(findFieldText(layers, "frame", "number")) ?? this.#packetCount,
    );
    this.#emittedCount++;
    const packet: Packet = { linkType, bytes, originalLength: Math.max(wireLength, length, bytes.length), at };
    this.#out(packet);
  }

  #rebuildPacket(layers: JsonValue, fault: (message: string) => InputError): RebuiltPacket {
    const of = (name: string): string | null => findFieldText(layers, "tcp", name);
    const hex = of("payload");
    const ports = [parseUint32(of("srcport")), parseUint32(of("dstport"))] as const;
    const payload = hex === null ? new Uint8Array(0) : parseHexField(hex.replaceAll(":", ""), "tcp.payload", fault);
    const length = parseUint32(of("len")) ?? payload.length;
    if (hex === null && ports[0] === null && getField(layers, "tcp") === undefined) return "no TCP";
    const source = findAddress(layers, "src");
    const destination = findAddress(layers, "dst");
    // Without raw sequence numbers, the relative ones are consistent with each other.
    const sequence = parseUint32(of("seq_raw")) ?? parseUint32(of("seq"));
    const acknowledged = parseUint32(of("ack_raw")) ?? parseUint32(of("ack")) ?? 0;
    if (source === null || destination === null || source.length !== destination.length) return "incomplete";
    if (ports[0] === null || ports[1] === null || sequence === null) return "incomplete";
    if (payload.length > 0) this.#withPayloadCount++;
    else if (length > 0) this.#withoutPayloadCount++;
    // Without flags: nearly every segment has ACK.
    const flags = Number(of("flags") ?? ACK) & 0xff;
    const parts = { source, destination, ports: [ports[0], ports[1]] as const, sequence, acknowledged, flags };
    return buildTcpPacket({ ...parts, payload, wireLength: Math.max(length, payload.length) });
  }
}

function findLayers(object: JsonValue): JsonValue | undefined {
  const named = getField(getField(object, "_source"), "layers") ?? getField(object, "layers");
  if (named !== undefined) return named;
  return getField(object, "frame_raw") === undefined && getField(object, "frame") === undefined ? undefined : object;
}

/** The hex digits of a whole packet: -T ek has only the digits, the others also their position. */
function findRawFrame(value: JsonValue | undefined): string | null {
  const digits = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  return typeof digits === "string" ? digits : null;
}

/**
 * The text of a field: inside its protocol or, with -e, beside the other fields; ek
 * writes `tcp.len` as `tcp_tcp_len` and `tcp_len`. Of nested protocols the innermost is used.
 */
function findFieldText(layers: JsonValue, protocol: string, name: string): string | null {
  const found = getField(layers, protocol);
  const layer = Array.isArray(found) ? (found as readonly JsonValue[]).at(-1) : found;
  const value =
    getField(layer, `${protocol}.${name}`) ??
    getField(layer, `${protocol}_${protocol}_${name}`) ??
    getField(layers, `${protocol}.${name}`) ??
    getField(layers, `${protocol}_${name}`);
  if (!Array.isArray(value)) return typeof value === "string" ? value : null;
  // A list that ends with numbers has the field's position in the packet.
  const last = (value as readonly JsonValue[]).at(-1);
  return typeof last === "string" ? last : null;
}

function parseUint32(text: string | null): number | null {
  const value = text !== null && /^\d{1,10}$/.test(text) ? Number(text) : null;
  return value !== null && value <= 0xffff_ffff ? value : null;
}

function findAddress(layers: JsonValue, end: "src" | "dst"): Uint8Array | null {
  const text = findFieldText(layers, "ip", end) ?? findFieldText(layers, "ipv6", end);
  return text === null ? null : parseIpAddress(text);
}

function parseTime(layers: JsonValue): ParsedTime | null {
  const text = findFieldText(layers, "frame", "time_epoch") ?? "";
  return parseSeconds(text) ?? parseDateTime(text);
}

function parseHexField(hex: string, name: string, fault: (message: string) => InputError): Uint8Array {
  if (hex.length % 2 === 0 && !/[^0-9a-fA-F]/.test(hex)) return Buffer.from(hex, "hex");
  throw fault(`the ${name} of this packet is not in pairs of hex digits`);
}
