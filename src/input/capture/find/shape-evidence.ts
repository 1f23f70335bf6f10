import { otherSide, type Side } from "../../../protocol/traffic.js";

/** What tells frames by their shape. */
export interface Shapes {
  /** Whether bytes are whole frames: whose, by their MASK bits, and how much speaks for that, in bits. */
  wholeFrames(bytes: Uint8Array): { readonly sender: "client" | "server"; readonly bits: number } | null;
}

/** Packets of a side one after the other that are whole frames: who is the client by them, and how much speaks for it. */
interface Run {
  readonly client: Side;
  readonly bits: number;
}

/** What speaks for a connection's being WebSocket where no handshake does: packets that are whole frames. */
export class ShapeEvidence {
  readonly #shapes: Shapes;
  readonly #openerSeen: boolean;
  readonly #runs: [Run | null, Run | null] = [null, null];
  #packets = 0;

  /** @param openerSeen whether it is known who opened the connection: side 0 */
  constructor(shapes: Shapes, openerSeen: boolean) {
    this.#shapes = shapes;
    this.#openerSeen = openerSeen;
  }

  /** The next packet of a side. */
  note(side: Side, bytes: Uint8Array): void {
    this.#packets++;
    const seen = this.#shapes.wholeFrames(bytes);
    if (seen === null) {
      this.#runs[side] = null;
      return;
    }
    const client = seen.sender === "client" ? side : otherSide(side);
    const before = this.#runs[side];
    this.#runs[side] = { client, bits: seen.bits + (before?.client === client ? before.bits : 0) };
  }

  /**
   * Which side is the client; `null` when the packets tell too little, or disagree.
   *
   * @param enough bits that have to speak for it in the first packet: one more for twice as many packets, since among many there
   *   are some that look like frames
   */
  client(enough: number): Side | null {
    const [one, other] = this.#runs;
    const client = (one ?? other)?.client;
    if (client === undefined || (other !== null && other.client !== client)) return null;
    // Who was seen to open the connection is the client, whatever the bytes look like.
    if (this.#openerSeen && client !== 0) return null;
    const bits = (one?.bits ?? 0) + (other?.bits ?? 0);
    return bits >= enough + Math.log2(this.#packets) ? client : null;
  }
}
