import { connect, createServer } from "node:net";
import WebSocket, { type PerMessageDeflateOptions, WebSocketServer } from "ws";
import { computeAccept } from "../../src/index.js";
import { startListening } from "./relay.js";

/** The error response of a real `ws` server to a request; `null` if it is a 101. */
export async function findWsRequestFault(request: Uint8Array): Promise<string | null> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.once("data", (data) => resolve(String(data)));
    socket.once("close", () => resolve("HTTP/1.1 closed"));
    socket.on("error", () => {});
  });
  for (const client of server.clients) client.terminate();
  server.close();
  const [status = ""] = answer.split("\r\n");
  if (status.includes(" 101 ")) return null;
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  return `${status.replace(/^HTTP\/1\.1 /, "")}${body === "" ? "" : `: ${body}`}`;
}

/** What the client of a response had requested. */
export interface RequestedHandshake {
  readonly key: string;
  readonly subprotocols: readonly string[];
  readonly deflate: false | PerMessageDeflateOptions;
}

/** The error of a real `ws` client for a response; `null` if the client accepts it. */
export async function findWsResponseFault(
  response: Uint8Array,
  { key, subprotocols, deflate }: RequestedHandshake,
): Promise<string | null> {
  // A `ws` client never requests such subprotocols, so it cannot judge the response.
  if (!subprotocols.every((name, i) => /^[\w.-]+$/.test(name) && subprotocols.indexOf(name) === i)) return null;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      // The client has its own key, so the accept value is replaced to match it.
      const own = /^Sec-WebSocket-Key: (.*)\r$/im.exec(String(request))?.[1] ?? "";
      const text = Buffer.from(response).toString("latin1").replaceAll(computeAccept(key), computeAccept(own));
      socket.end(Buffer.from(text, "latin1"));
    });
  });
  const { port, close } = await startListening(server);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, [...subprotocols], { perMessageDeflate: deflate });
  const fault = await new Promise<string | null>((resolve) => {
    client.once("open", () => resolve(null));
    client.on("error", ({ message }) => resolve(message));
  });
  client.terminate();
  close();
  return fault;
}
