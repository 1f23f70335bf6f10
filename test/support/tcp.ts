import { connect, createServer, type Socket } from "node:net";
import { after } from "node:test";
import { Queue, waitFor } from "./queue.js";
import { startListening } from "./relay.js";

const openSockets = new Set<{ destroy(): void }>();
after(() => {
  for (const one of openSockets) one.destroy();
});

/** One end of a TCP connection, and its outcome. */
export interface TcpPeer {
  readonly socket: Socket;
  /** How the other side ended its bytes: with a FIN, or with a reset. */
  readonly ended: Promise<"FIN" | "reset">;
  /** Waits until the received bytes match, and returns all of them. */
  waitForBytes(has: (heard: Buffer) => boolean): Promise<Buffer>;
}

function wrapSocket(socket: Socket): TcpPeer {
  openSockets.add(socket);
  let pieces: Buffer[] = [];
  const looking = new Set<() => void>();
  socket.on("data", (bytes) => {
    pieces.push(bytes);
    for (const look of looking) look();
  });
  const ended = new Promise<"FIN" | "reset">((resolve) => {
    // For a reset right after data, Node reports only an end; a write then fails.
    socket.once("end", () => {
      if (!socket.writable || socket.writableLength > 0) resolve("FIN");
      else socket.write(Buffer.alloc(0), (error) => resolve(error ? "reset" : "FIN"));
    });
    socket.on("error", () => resolve("reset"));
  });
  return {
    socket,
    get ended() {
      return waitFor("the end of a connection", ended);
    },
    waitForBytes(has) {
      const all = (): Buffer => {
        const bytes = Buffer.concat(pieces);
        pieces = [bytes];
        return bytes;
      };
      const there = new Promise<Buffer>((resolve) => {
        const look = (): void => {
          if (!has(all())) return;
          looking.delete(look);
          resolve(all());
        };
        looking.add(look);
        look();
      });
      return waitFor("bytes", there, () => ` (there are ${JSON.stringify(String(all()).slice(0, 500))})`);
    },
  };
}

/** Connects to a port of this machine. */
export async function connectTcp(port: number): Promise<TcpPeer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const end = wrapSocket(socket);
  await waitFor("a connection", new Promise((resolve) => socket.once("connect", resolve).once("error", resolve)));
  return end;
}

export interface TestTcpServer {
  readonly port: number;
  next(): Promise<TcpPeer>;
  close(): void;
}

/** A server that returns its connections one by one. */
export async function startTcpServer(): Promise<TestTcpServer> {
  const ends = new Queue<TcpPeer>("a connection");
  const server = createServer({ allowHalfOpen: true }, (socket) => ends.add(wrapSocket(socket)));
  const { port, close } = await startListening(server);
  openSockets.add({ destroy: close });
  return { port, next: () => ends.next(), close };
}
