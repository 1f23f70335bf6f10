import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import WebSocket, { type ClientOptions, type ServerOptions, WebSocketServer } from "ws";
import { Queue, within } from "./queue.js";

const open = new Set<{ close(): void }>();
after(() => {
  for (const one of open) one.close();
});

/** One end of a WebSocket connection of the `ws` package. */
export interface WsEnd {
  readonly socket: WebSocket;
  /** The request that opened it, at a server. */
  readonly request: IncomingMessage | null;
  /** The next message that comes, as text. */
  next(): Promise<string>;
  /** The payload of the next pong. */
  pong(): Promise<string>;
  /** How it was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** What it finds wrong. */
  readonly error: Promise<string>;
}

function endOf(socket: WebSocket, request: IncomingMessage | null): WsEnd {
  open.add({ close: () => socket.terminate() });
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
      return within("the end of a connection", closed);
    },
    get error() {
      return within("an error", error);
    },
  };
}

/** A client, before its connection is open. */
export function wsDialling(url: string, options: ClientOptions = {}, subprotocols: readonly string[] = []): WsEnd {
  return endOf(new WebSocket(url, [...subprotocols], { perMessageDeflate: false, ...options }), null);
}

/** A client whose connection is open. */
export async function wsTo(
  url: string,
  options: ClientOptions = {},
  subprotocols: readonly string[] = [],
): Promise<WsEnd> {
  const end = wsDialling(url, options, subprotocols);
  const opened = new Promise((resolve, reject) => end.socket.once("open", resolve).once("error", reject));
  await within(`a connection to ${url}`, opened);
  return end;
}

/** A server whose connections are taken one after the other. */
export async function wsServer(
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly url: string; next(): Promise<WsEnd> }> {
  const ends = new Queue<WsEnd>("a connection");
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket, request) => ends.add(endOf(socket, request)));
  if (server.address() === null) await new Promise((resolve) => server.once("listening", resolve));
  open.add(server);
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}`, next: () => ends.next() };
}

/** Answers every message of every connection with itself. */
export async function wsEcho(options: ServerOptions = {}): Promise<{ readonly port: number; readonly url: string }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (bytes, binary) => socket.send(bytes, { binary }));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  open.add({
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `ws://127.0.0.1:${port}` };
}
