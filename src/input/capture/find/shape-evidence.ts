import { otherSide, type Side } from "../../../protocol/traffic.js";

/** Recognises frames by their shape. */
export interface FrameRecognizer {
  /** Checks whether bytes are whole frames: returns the sender by the MASK bits, and the strength of the evidence in bits. */
  findWholeFrames(bytes: Uint8Array): { readonly sender: "client" | "server"; readonly bits: number } | null;
}

/** Consecutive packets of a side that are whole frames: the client by their MASK bits, and the strength of the evidence. */
interface FrameRun {
  readonly client: Side;
  readonly bits: number;
}

/** Evidence for a WebSocket without a handshake: packets that are whole frames. */
export class ShapeEvidence {
  readonly #recognizer: FrameRecognizer;
  readonly #isOpenerKnown: boolean;
  readonly #runs: [FrameRun | null, FrameRun | null] = [null, null];
  #packetCount = 0;

  /** @param isOpenerKnown whether side 0 is known to have opened the connection */
  constructor(shapes: FrameRecognizer, isOpenerKnown: boolean) {
    this.#recognizer = shapes;
    this.#isOpenerKnown = isOpenerKnown;
  }

  /** Adds the next packet of a side. */
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
   * Which side is the client; `null` if the packets are too little evidence or contradict each other.
   *
   * @param enough the evidence in bits that the first packet needs; twice as many packets need one bit more, because some
   *   of them look like frames by chance
   */
  findClient(enough: number): Side | null {
    const [one, other] = this.#runs;
    const client = (one ?? other)?.client;
    if (client === undefined || (other !== null && other.client !== client)) return null;
    // The side that opened the connection is the client, whatever its bytes look like.
    if (this.#isOpenerKnown && client !== 0) return null;
    const bits = (one?.bits ?? 0) + (other?.bits ?? 0);
    return bits >= enough + Math.log2(this.#packetCount) ? client : null;
  }
}
