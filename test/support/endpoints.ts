import { Endpoint, type EndpointPolicy } from "../../src/live/endpoint.js";
import { ENDPOINT_CALLBACKS } from "../../src/live/endpoint-policy.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { parseExtensions } from "../../src/protocol/handshake/extensions.js";
import type { AnyRecord } from "./any-record.js";
import { readRecords } from "./records.js";

/** An endpoint, and what it sent and told. */
export interface RecordedEndpoint {
  readonly endpoint: Endpoint;
  /** The bytes that it sent, in the pieces that it sent them in. */
  readonly sent: Uint8Array[];
  readonly messages: { readonly opcode: number; readonly payload: string }[];
  /** How often it said that all is over. */
  closedCount(): number;
  /** The frames that it sent: opcode, and the close code or the text. */
  frames(): AnyRecord[];
}

const DEFAULT_POLICY: Omit<EndpointPolicy, "role" | "mask"> = {
  answersPings: true,
  closeCode: null,
  fragmentSize: null,
  maxMessageBytes: 2 ** 20,
};

/** An endpoint that keeps what it sends. */
export function createEndpoint(role: Sender, conduct: Partial<EndpointPolicy> = {}, extensions = ""): RecordedEndpoint {
  const sent: Uint8Array[] = [];
  const messages: { opcode: number; payload: string }[] = [];
  let over = 0;
  const list = parseExtensions(extensions);
  const agreed = "extensions" in list ? list.extensions : [];
  const endpoint = new Endpoint({ role, mask: role === "client", ...DEFAULT_POLICY, ...conduct }, agreed, {
    ...ENDPOINT_CALLBACKS,
    send: (bytes) => sent.push(Uint8Array.from(bytes)),
    message: (opcode, payload) => messages.push({ opcode, payload: Buffer.from(payload).toString("latin1") }),
    closed: () => over++,
  });
  const how = { sender: role, extensions: extensions === "" ? "none" : extensions };
  return {
    endpoint,
    sent,
    messages,
    closedCount: () => over,
    frames: () => readRecords(sent, how).filter(({ type }) => type === "frame"),
  };
}
