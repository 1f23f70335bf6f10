import { Endpoint, type EndpointPolicy } from "../../src/live/endpoint.js";
import { ENDPOINT_CALLBACKS } from "../../src/live/endpoint-policy.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { parseExtensions } from "../../src/protocol/handshake/extensions.js";
import type { AnyRecord } from "./any-record.js";
import { readRecords } from "./records.js";

/** An endpoint, with what it sent and its callbacks. */
export interface RecordedEndpoint {
  readonly endpoint: Endpoint;
  /** The sent bytes, in the pieces in which they were sent. */
  readonly sent: Uint8Array[];
  readonly messages: { readonly opcode: number; readonly payload: string }[];
  /** How often the endpoint reported the end of the connection. */
  closedCount(): number;
  /** The sent frames: opcode, and the close code or the text. */
  frames(): AnyRecord[];
}

const DEFAULT_POLICY: Omit<EndpointPolicy, "role" | "mask"> = {
  answersPings: true,
  closeCode: null,
  fragmentSize: null,
  maxMessageBytes: 2 ** 20,
};

/** An endpoint that records what it sends. */
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
