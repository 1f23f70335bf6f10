import { closeSync, openSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { formatCount } from "../bytes/size.js";
import { type Certificate, formatTlsError, type Link, wrapServerTls } from "./transport.js";

/** Where connections are waited for. */
export interface TcpServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Set where TLS is spoken. */
  readonly certificate: Certificate | null;
  /** Connections at once, at most. */
  readonly maxConnections: number;
}

/** Milliseconds in which a TLS handshake must be done. */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Waits for connections on a port. */
export class TcpServer {
  readonly #server: Server;
  readonly #options: TcpServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #note: (line: string) => void;
  #hasNotedFileLimit = false;
  #refusedCount = 0;

  /**
   * @param entered takes each connection
   * @param say takes a line about one that could not be taken
   */
  constructor(options: TcpServerOptions, entered: (link: Link) => void, note: (line: string) => void) {
    this.#options = options;
    this.#note = note;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      this.checkFileLimit();
      socket.once("close", () => this.#sockets.delete(socket));
      this.#acceptConnection(socket, entered, note);
    });
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#server.listening && !this.noteIfOutOfFiles(error)) note(`cannot accept a connection: ${error.message}`);
    });
    this.#server.on("drop", () => {
      if (this.#refusedCount++ === 0)
        note(`${options.maxConnections} connections are open; new ones are refused until some end`);
    });
  }

  /** Whether an error is that the process can open no more files, sockets included. Then that is reported, the first time. */
  noteIfOutOfFiles({ code }: NodeJS.ErrnoException): boolean {
    if (code !== "EMFILE" && code !== "ENFILE") return false;
    if (!this.#hasNotedFileLimit)
      this.#note("too many open files: new connections are refused until others end; ulimit -n raises the limit");
    this.#hasNotedFileLimit = true;
    return true;
  }

  /** The port that is listened on; 0 before. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Begins to listen. Rejects where that cannot be. */
  open(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  /** Takes no more connections. */
  close(): void {
    this.#server.close();
    if (this.#refusedCount > 1)
      this.#note(`${formatCount(this.#refusedCount, "connection")} refused: too many were open`);
  }

  /** Ends all connections that are still open. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reports when no more files can be opened: Node then refuses the next connection without a word. */
  checkFileLimit(): void {
    try {
      closeSync(openSync("/dev/null", "r"));
    } catch (error) {
      this.noteIfOutOfFiles(error as NodeJS.ErrnoException);
    }
  }

  #acceptConnection(socket: Socket, entered: (link: Link) => void, note: (line: string) => void): void {
    const { certificate } = this.#options;
    // Node keeps the address; after a disconnect the system no longer knows it.
    const client = socket.remoteAddress ?? "a client";
    if (certificate === null) {
      entered({ stream: socket, socket });
      return;
    }
    const stream = wrapServerTls(socket, certificate);
    const late = setTimeout(() => stream.destroy(new Error("no TLS handshake within 10 s")), TLS_HANDSHAKE_TIMEOUT_MS);
    const fail = (error: Error): void => {
      clearTimeout(late);
      note(`TLS with ${client} failed: ${formatTlsError(error)}`);
      socket.destroy();
    };
    socket.on("error", () => {});
    socket.once("close", () => clearTimeout(late));
    stream.once("error", fail);
    stream.once("secure", () => {
      clearTimeout(late);
      stream.off("error", fail);
      entered({ stream, socket });
    });
  }
}
