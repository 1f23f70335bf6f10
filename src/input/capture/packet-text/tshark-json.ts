import { formatCount } from "../../../bytes/size.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import { field, type Json } from "../json.js";
import { JsonObjects } from "../json-objects.js";
import { momentOf } from "../moments.js";
import { ACK } from "../net/tcp-flags.js";
import type { Packet, PacketSink } from "../packet.js";
import { guessLink } from "../pcap/link-guess.js";
import { civilTime, secondsTime, type Time } from "../times.js";
import { addressBytes, rebuiltPacket } from "./rebuilt-packet.js";

const HINT = "print whole packets: tshark -r FILE -T json -x";
/** What tshark says of one packet is far smaller. */
const WANTED = { path: [], largest: 64 * 1024 * 1024, hint: HINT };
const ETHERNET = 1;
const RAW_IP = 101;

/** pcap's numbers of link types, by Wireshark's. */
const LINK_TYPES: ReadonlyMap<string, number> = new Map([
  ["1", ETHERNET],
  ["7", RAW_IP],
  ["15", 0],
  ["25", 113],
  ["129", RAW_IP],
  ["130", RAW_IP],
  ["210", 276],
]);

/** Whether a text begins as tshark's -T json, jsonraw and ek do, or with the layers alone. */
export function isPacketJson(text: string): boolean {
  const [start] = /^\s{0,64}(?:\[\s{0,64})?\{\s{0,64}"(?:_index|_source|index|timestamp|layers|frame|frame_raw)":/.exec(
    text,
  ) ?? [null];
  return start !== null && (/"frame(?:_raw)?":$/.test(start) || /"layers"\s{0,8}:\s{0,8}\{/.test(text));
}

/** What there is of a packet that names its TCP fields. */
type Rebuilt = Uint8Array | "no TCP" | "incomplete";

/** Reads tshark's -T json, jsonraw and ek: whole packets where they have them (-x), else the fields of TCP. */
export class JsonPackets implements NotationReader {
  readonly #out: PacketSink;
  readonly #say: (line: string) => void;
  readonly #objects = new JsonObjects((object, fault) => this.#object(object, fault), WANTED);
  #linkType: number | null = null;
  #packets = 0;
  #read = 0;
  #incomplete = 0;
  /** Packets that have bytes of a connection, and those that should. */
  #withPayload = 0;
  #withoutPayload = 0;

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  push(input: Uint8Array): void {
    this.#objects.push(input);
  }

  end(): void {
    if (this.#objects.inside) this.#say(`the input ends inside a packet: packet ${this.#packets + 1} is left out`);
    if (this.#packets === 0) throw new InputError("no packets in the input: no object has layers", null, HINT);
    if (this.#incomplete > 0 && this.#read === 0) {
      const said = "these packets have neither frame_raw nor all of TCP's fields";
      throw new InputError(said, null, `${HINT}; or -T json alone, whose fields are enough`);
    }
    if (this.#withoutPayload > 0 && this.#withPayload === 0)
      throw new InputError("these packets have neither frame_raw nor tcp.payload", null, HINT);
    if (this.#incomplete > 0)
      this.#say(`${formatCount(this.#incomplete, "packet")} left out: some of TCP's fields are missing there`);
  }

  #object(object: Json, fault: (message: string) => InputError): void {
    const layers = layersOf(object);
    if (layers === undefined) return;
    this.#packets++;
    const raw = rawFrame(field(layers, "frame_raw"));
    const rebuilt = raw === null ? this.#rebuild(layers, fault) : null;
    if (rebuilt === null) this.#whole(layers, bytesOf(raw as string, "frame_raw", fault));
    else if (typeof rebuilt === "object") this.#pass(layers, { linkType: RAW_IP, bytes: rebuilt, length: 0 });
    else if (rebuilt === "incomplete") this.#incomplete++;
  }

  #whole(layers: Json, bytes: Uint8Array): void {
    const known = LINK_TYPES.get(shown(layers, "frame", "encap_type") ?? "");
    const guess = known === undefined ? guessLink(bytes, this.#linkType) : null;
    this.#linkType = known ?? guess?.linkType ?? this.#linkType;
    this.#withPayload++;
    this.#pass(layers, { linkType: this.#linkType ?? ETHERNET, bytes, length: guess?.length ?? 0 });
  }

  #pass(layers: Json, { linkType, bytes, length }: { linkType: number; bytes: Uint8Array; length: number }): void {
    const said = whole(shown(layers, "frame", "len")) ?? 0;
    const at = momentOf(timeOf(layers), whole(shown(layers, "frame", "number")) ?? this.#packets);
    this.#read++;
    const packet: Packet = { linkType, bytes, originalLength: Math.max(said, length, bytes.length), at };
    this.#out(packet);
  }

  #rebuild(layers: Json, fault: (message: string) => InputError): Rebuilt {
    const of = (name: string): string | null => shown(layers, "tcp", name);
    const hex = of("payload");
    const ports = [whole(of("srcport")), whole(of("dstport"))] as const;
    const payload = hex === null ? new Uint8Array(0) : bytesOf(hex.replaceAll(":", ""), "tcp.payload", fault);
    const length = whole(of("len")) ?? payload.length;
    if (hex === null && ports[0] === null && field(layers, "tcp") === undefined) return "no TCP";
    const source = addressOf(layers, "src");
    const destination = addressOf(layers, "dst");
    // Where the numbers themselves are not told, those from 0 on are right among themselves.
    const sequence = whole(of("seq_raw")) ?? whole(of("seq"));
    const acknowledged = whole(of("ack_raw")) ?? whole(of("ack")) ?? 0;
    if (source === null || destination === null || source.length !== destination.length) return "incomplete";
    if (ports[0] === null || ports[1] === null || sequence === null) return "incomplete";
    if (payload.length > 0) this.#withPayload++;
    else if (length > 0) this.#withoutPayload++;
    // Of those that are not told, nearly every segment has this one.
    const flags = Number(of("flags") ?? ACK) & 0xff;
    const parts = { source, destination, ports: [ports[0], ports[1]] as const, sequence, acknowledged, flags };
    return rebuiltPacket({ ...parts, payload, length: Math.max(length, payload.length) });
  }
}

function layersOf(object: Json): Json | undefined {
  const named = field(field(object, "_source"), "layers") ?? field(object, "layers");
  if (named !== undefined) return named;
  return field(object, "frame_raw") === undefined && field(object, "frame") === undefined ? undefined : object;
}

/** The digits of a whole packet: -T ek has them alone, the others with where they stand. */
function rawFrame(value: Json | undefined): string | null {
  const digits = Array.isArray(value) ? (value as readonly Json[])[0] : value;
  return typeof digits === "string" ? digits : null;
}

/**
 * What a packet shows of a field: within its protocol, or where fields were asked for by name (-e) beside the others; ek
 * writes `tcp.len` as `tcp_tcp_len` and `tcp_len`. Of protocols within each other the innermost counts.
 */
function shown(layers: Json, protocol: string, name: string): string | null {
  const found = field(layers, protocol);
  const layer = Array.isArray(found) ? (found as readonly Json[]).at(-1) : found;
  const value =
    field(layer, `${protocol}.${name}`) ??
    field(layer, `${protocol}_${protocol}_${name}`) ??
    field(layers, `${protocol}.${name}`) ??
    field(layers, `${protocol}_${name}`);
  if (!Array.isArray(value)) return typeof value === "string" ? value : null;
  // With numbers behind it, it is where the field stands in the packet.
  const last = (value as readonly Json[]).at(-1);
  return typeof last === "string" ? last : null;
}

function whole(text: string | null): number | null {
  const value = text !== null && /^\d{1,10}$/.test(text) ? Number(text) : null;
  return value !== null && value <= 0xffff_ffff ? value : null;
}

function addressOf(layers: Json, end: "src" | "dst"): Uint8Array | null {
  const text = shown(layers, "ip", end) ?? shown(layers, "ipv6", end);
  return text === null ? null : addressBytes(text);
}

function timeOf(layers: Json): Time | null {
  const text = shown(layers, "frame", "time_epoch") ?? "";
  return secondsTime(text) ?? civilTime(text);
}

function bytesOf(hex: string, name: string, fault: (message: string) => InputError): Uint8Array {
  if (hex.length % 2 === 0 && !/[^0-9a-fA-F]/.test(hex)) return Buffer.from(hex, "hex");
  throw fault(`the ${name} of this packet is no pairs of hex digits`);
}
