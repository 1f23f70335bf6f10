import { otherSide, type Side } from "../../../protocol/traffic.js";
import type { TcpConnection } from "./tcp-connection.js";

/** The packets between two ends in one direction, and the connection that they belong to. */
export class PacketDirection {
  readonly #addresses = new Uint8Array(32);
  #length = 0;
  #ports = 0;
  key = "";
  isFromLower = false;
  connection: TcpConnection | null = null;
  /** The side of the connection that sends them. */
  side: Side = 0;

  matches(addresses: Uint8Array, ports: number): boolean {
    if (this.#ports !== ports || this.#length !== addresses.length) return false;
    for (let i = 0; i < addresses.length; i++) if (this.#addresses[i] !== addresses[i]) return false;
    return true;
  }

  set(addresses: Uint8Array, ports: number, key: string, fromLower: boolean, connection: TcpConnection | null): void {
    this.#addresses.set(addresses);
    this.#length = addresses.length;
    this.#ports = ports;
    this.key = key;
    this.isFromLower = fromLower;
    this.connection = connection;
    if (connection !== null) this.side = fromLower ? connection.lowerSide : otherSide(connection.lowerSide);
  }
}
