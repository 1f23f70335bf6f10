/** The names a record may give an opcode. */
export type OpcodeName = "continuation" | "text" | "binary" | "close" | "ping" | "pong" | "reserved";

/** One of the 16 opcodes (RFC 6455 §5.2, §11.8). */
export interface OpcodeInfo {
  /** 0–15 */
  readonly value: number;
  readonly name: OpcodeName;
  /** What a frame with this opcode is for, as a phrase. */
  readonly meaning: string;
  readonly section: string;
}

function buildReservedInfo(value: number): OpcodeInfo {
  const kind = value < 8 ? "non-control" : "control";
  return { value, name: "reserved", meaning: `reserved for further ${kind} frames`, section: "RFC 6455 §5.2" };
}

/** All opcodes, each at the index of its value. */
export const OPCODES: readonly OpcodeInfo[] = [
  { value: 0x0, name: "continuation", meaning: "continues the open message", section: "RFC 6455 §5.4" },
  { value: 0x1, name: "text", meaning: "begins a text message, in UTF-8", section: "RFC 6455 §5.6" },
  { value: 0x2, name: "binary", meaning: "begins a binary message", section: "RFC 6455 §5.6" },
  ...[3, 4, 5, 6, 7].map(buildReservedInfo),
  { value: 0x8, name: "close", meaning: "begins or answers the closing handshake", section: "RFC 6455 §5.5.1" },
  { value: 0x9, name: "ping", meaning: "asks for a pong with the same payload", section: "RFC 6455 §5.5.2" },
  { value: 0xa, name: "pong", meaning: "answers a ping, or a heartbeat", section: "RFC 6455 §5.5.3" },
  ...[11, 12, 13, 14, 15].map(buildReservedInfo),
];

/** The opcodes that have a name. */
export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** What is known of an opcode, 0–15. */
export function opcodeInfo(opcode: number): OpcodeInfo {
  return OPCODES[opcode & 0xf] as OpcodeInfo;
}

/** Whether frames with this opcode are control frames: its most significant bit is 1 (RFC 6455 §5.5). */
export function isControl(opcode: number): boolean {
  return opcode >= 0x8;
}
