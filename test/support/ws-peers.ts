import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import WebSocket, { type ClientOptions, type ServerOptions, WebSocketServer } from "ws";
import { Queue, waitFor } from "./queue.js";

const openPeers = new Set<{ close(): void }>();
after(() => {
  for (const one of openPeers) one.close();
});

/** One end of a WebSocket connection of the `ws` package. */
export interface WsPeer {
  readonly socket: WebSocket;
  /** For a server, the request that opened the connection. */
  readonly request: IncomingMessage | null;
  /** The next message, as text. */
  next(): Promise<string>;
  /** The payload of the next pong. */
  pong(): Promise<string>;
  /** How the connection was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The errors that this end reports. */
  readonly error: Promise<string>;
}

function wrapSocket(socket: WebSocket, request: IncomingMessage | null): WsPeer {
  openPeers.add({ close: () => socket.terminate() });
  const messages = new Queue<string>("a message");
  const pongs = new Queue<string>("a pong");
  socket.on("message", (bytes) => messages.add(String(bytes)));
  socket.on("pong", (bytes) => pongs.add(String(bytes)));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const error = new Promise<string>((resolve) => {
    socket.on("error", ({ message }) => resolve(message));
  });
  return {
    socket,
    request,
    next: () => messages.next(),
    pong: () => pongs.next(),
    get closed() {
      return waitFor("the end of a connection", closed);
    },
    get error() {
      return waitFor("an error", error);
    },
  };
}

/** A client whose connection may not be open yet. */
export function createWsClient(url: string, options: ClientOptions = {}, subprotocols: readonly string[] = []): WsPeer {
  return wrapSocket(new WebSocket(url, [...subprotocols], { perMessageDeflate: false, ...options }), null);
}

/** A client with an open connection. */
export async function connectWs(
  url: string,
  options: ClientOptions = {},
  subprotocols: readonly string[] = [],
): Promise<WsPeer> {
  const end = createWsClient(url, options, subprotocols);
  const opened = new Promise((resolve, reject) => end.socket.once("open", resolve).once("error", reject));
  await waitFor(`a connection to ${url}`, opened);
  return end;
}

/** A server that returns its connections one by one. */
export async function startWsServer(
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly url: string; next(): Promise<WsPeer> }> {
  const ends = new Queue<WsPeer>("a connection");
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket, request) => ends.add(wrapSocket(socket, request)));
  if (server.address() === null) await new Promise((resolve) => server.once("listening", resolve));
  openPeers.add(server);
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}`, next: () => ends.next() };
}

/** Echoes every message of every connection. */
export async function startWsEcho(
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly url: string }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (bytes, binary) => socket.send(bytes, { binary }));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  openPeers.add({
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}` };
}
