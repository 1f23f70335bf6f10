import { connect, createServer, type Socket } from "node:net";
import { after } from "node:test";
import { Queue, within } from "./queue.js";
import { listening } from "./relay.js";

const open = new Set<{ destroy(): void }>();
after(() => {
  for (const one of open) one.destroy();
});

/** One end of a TCP connection, and what became of it. */
export interface TcpEnd {
  readonly socket: Socket;
  /** How the other side ended what it says: with a FIN, or with a reset. */
  readonly ended: Promise<"FIN" | "reset">;
  /** Waits until so much has come, and gives it all. */
  until(has: (heard: Buffer) => boolean): Promise<Buffer>;
}

function endOf(socket: Socket): TcpEnd {
  open.add(socket);
  let pieces: Buffer[] = [];
  const looking = new Set<() => void>();
  socket.on("data", (bytes) => {
    pieces.push(bytes);
    for (const look of looking) look();
  });
  const ended = new Promise<"FIN" | "reset">((resolve) => {
    // Of a reset right behind data Node tells an end; to write fails then.
    socket.once("end", () => {
      if (!socket.writable || socket.writableLength > 0) resolve("FIN");
      else socket.write(Buffer.alloc(0), (error) => resolve(error ? "reset" : "FIN"));
    });
    socket.on("error", () => resolve("reset"));
  });
  return {
    socket,
    get ended() {
      return within("the end of a connection", ended);
    },
    until(has) {
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
      return within("bytes", there, () => ` (there are ${JSON.stringify(String(all()).slice(0, 500))})`);
    },
  };
}

/** Connects to a port of this machine. */
export async function tcpTo(port: number): Promise<TcpEnd> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const end = endOf(socket);
  await within("a connection", new Promise((resolve) => socket.once("connect", resolve).once("error", resolve)));
  return end;
}

export interface TcpServer {
  readonly port: number;
  next(): Promise<TcpEnd>;
  close(): void;
}

/** A server whose connections are taken one after the other. */
export async function tcpServer(): Promise<TcpServer> {
  const ends = new Queue<TcpEnd>("a connection");
  const server = createServer({ allowHalfOpen: true }, (socket) => ends.add(endOf(socket)));
  const { port, close } = await listening(server);
  open.add({ destroy: close });
  return { port, next: () => ends.next(), close };
}
