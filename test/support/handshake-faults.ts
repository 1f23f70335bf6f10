import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { PerMessageDeflateOptions } from "ws";
import {
  ByteStream,
  Connection,
  type ExtensionParam,
  type HandshakeEvent,
  type HttpHead,
  judgeHandshake,
} from "../../src/index.js";
import { parseExtensionHeaders } from "../../src/protocol/handshake/handshake.js";
import { findHeaders, parseListElements } from "../../src/protocol/handshake/http-head.js";
import { PYTHON } from "./peers.js";
import { findWsRequestFault, findWsResponseFault } from "./ws-handshake.js";

/** One half of an opening handshake: why each peer refuses it, in the peer's words, and the rules that it breaks for wsframe. */
export interface HalfVerdict {
  readonly half: "request" | "response";
  /** `null` if the half is accepted, or if the peer cannot test it because its client never requests such a response. */
  readonly ws: string | null;
  readonly websockets: string | null;
  /** The broken rules of severity `error`: for a request alone, for a response together with its request. */
  readonly errors: readonly string[];
}

interface ParsedHandshake {
  readonly event: HandshakeEvent;
  readonly request: Uint8Array | null;
  /** Includes the body that follows. */
  readonly response: Uint8Array | null;
  /** The offered parameters of permessage-deflate; `null` without an offer. */
  readonly offer: readonly ExtensionParam[] | null;
  readonly subprotocols: readonly string[];
}

function parseEvents(bytes: Uint8Array): HandshakeEvent[] {
  const events: HandshakeEvent[] = [];
  const sink = { handshake: (event: HandshakeEvent) => events.push(event), frame() {}, end() {}, closed() {} };
  const connections: Connection[] = [];
  const stream = new ByteStream({
    sender: null,
    nextConnection() {
      connections.at(-1)?.end();
      connections.push(new Connection(sink, { stream: 0, keep: 0 }));
      return connections.at(-1) as Connection;
    },
  });
  stream.push(bytes);
  stream.end();
  connections.at(-1)?.end();
  return events;
}

function parseHandshakes(bytes: Uint8Array): ParsedHandshake[] {
  const events = parseEvents(bytes);
  return events.map((event, i) => {
    const { request, response } = event;
    const end = (head: HttpHead): number => head.offset + head.length;
    return {
      event,
      request: request && bytes.subarray(request.offset, end(request)),
      response: response && bytes.subarray(response.offset, events[i + 1]?.request?.offset ?? bytes.length),
      offer: parseExtensionHeaders(request).find(({ name }) => name === "permessage-deflate")?.params ?? null,
      subprotocols: parseListElements(findHeaders(request, "Sec-WebSocket-Protocol")),
    };
  });
}

/** The options for a `ws` client that makes this offer. */
function buildWsOptions(offer: readonly ExtensionParam[] | null): false | PerMessageDeflateOptions {
  if (offer === null) return false;
  const value = (name: string): string | true | undefined => {
    const param = offer.find((one) => one.name === name);
    return param && (param.value ?? true);
  };
  const clientBits = value("client_max_window_bits");
  const serverBits = Number(value("server_max_window_bits"));
  return {
    serverNoContextTakeover: value("server_no_context_takeover") === true,
    clientNoContextTakeover: value("client_no_context_takeover") === true,
    // Leaving it out offers the parameter without a value; `false`, which its types lack, does not offer it.
    ...(clientBits === true ? {} : { clientMaxWindowBits: (clientBits ? Number(clientBits) : false) as number }),
    ...(serverBits > 1 ? { serverMaxWindowBits: serverBits } : {}),
  };
}

function collectPythonFaults(handshakes: readonly ParsedHandshake[]): Record<HalfVerdict["half"], string | null>[] {
  const hex = (head: Uint8Array | null): string | null => head && Buffer.from(head).toString("hex");
  const tasks = handshakes.map(({ event, request, response, offer, subprotocols }) => ({
    request: hex(request),
    response: hex(response),
    key: event.key ?? "",
    subprotocols,
    deflate: offer && Object.fromEntries(offer.map(({ name, value }) => [name, value])),
  }));
  const { stdout, stderr, status } = spawnSync(PYTHON, ["test/peers/websockets_handshakes.py"], {
    input: tasks.map((task) => `${JSON.stringify(task)}\n`).join(""),
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(status, 0, stderr);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  // A missing answer would look like a peer without complaints.
  assert.equal(answers.length, tasks.length);
  return answers;
}

function findErrors(events: readonly HandshakeEvent[]): string[] {
  const found = events.flatMap(judgeHandshake).filter(({ rule }) => rule.severity === "error");
  return [...new Set(found.map(({ rule }) => rule.id))];
}

/** Sends the opening handshakes in some bytes to the peers and to wsframe. */
export async function collectHandshakeVerdicts(given: readonly Uint8Array[]): Promise<HalfVerdict[][]> {
  const handshakes = given.map(parseHandshakes);
  const python = collectPythonFaults(handshakes.flat());
  const verdicts: HalfVerdict[][] = [];
  for (const own of handshakes) {
    const halves: HalfVerdict[] = [];
    for (const { event, request, response, offer, subprotocols } of own) {
      const said = python.shift();
      if (request !== null) {
        const ws = await findWsRequestFault(request);
        halves.push({
          half: "request",
          ws,
          websockets: said?.request ?? null,
          errors: findErrors(parseEvents(request)),
        });
      }
      if (response !== null) {
        const asked = { key: event.key ?? "", subprotocols, deflate: buildWsOptions(offer) };
        const ws = await findWsResponseFault(response, asked);
        halves.push({ half: "response", ws, websockets: said?.response ?? null, errors: findErrors([event]) });
      }
    }
    verdicts.push(halves);
  }
  return verdicts;
}
