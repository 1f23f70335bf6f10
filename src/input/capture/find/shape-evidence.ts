import { otherSide, type Side } from "../../../protocol/traffic.js";

/** What tells frames by their shape. */
export interface FrameRecognizer {
  /** Whether bytes are whole frames: whose, by their MASK bits, and how much speaks for that, in bits. */
  findWholeFrames(bytes: Uint8Array): { readonly sender: "client" | "server"; readonly bits: number } | null;
}

/** Packets of a side one after the other that are whole frames: who is the client by them, and how much speaks for it. */
interface FrameRun {
  readonly client: Side;
  readonly bits: number;
}

/** What speaks for a connection's being WebSocket where no handshake does: packets that are whole frames. */
export class ShapeEvidence {
  readonly #recognizer: FrameRecognizer;
  readonly #isOpenerKnown: boolean;
  readonly #runs: [FrameRun | null, FrameRun | null] = [null, null];
  #packetCount = 0;

  /** @param isOpenerKnown whether it is known who opened the connection: side 0 */
  constructor(shapes: FrameRecognizer, isOpenerKnown: boolean) {
    this.#recognizer = shapes;
    this.#isOpenerKnown = isOpenerKnown;
  }

  /** The next packet of a side. */
  addPacket(side: Side, bytes: Uint8Array): void {
    this.#packetCount++;
    const seen = this.#recognizer.findWholeFrames(bytes);
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
  findClient(enough: number): Side | null {
    const [one, other] = this.#runs;
    const client = (one ?? other)?.client;
    if (client === undefined || (other !== null && other.client !== client)) return null;
    // Who was seen to open the connection is the client, whatever the bytes look like.
    if (this.#isOpenerKnown && client !== 0) return null;
    const bits = (one?.bits ?? 0) + (other?.bits ?? 0);
    return bits >= enough + Math.log2(this.#packetCount) ? client : null;
  }
}
