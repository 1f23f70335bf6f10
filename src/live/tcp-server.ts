import { closeSync, openSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { formatCount } from "../bytes/size.js";
import { type Certificate, formatClientTlsError, type Link, wrapServerTls } from "./transport.js";

/** The listening address and its limits. */
export interface TcpServerOptions {
  readonly host: string;
  /** The port; 0 for any free port. */
  readonly port: number;
  /** The certificate for TLS; without it, connections are plain. */
  readonly certificate: Certificate | null;
  /** The maximum number of simultaneous connections. */
  readonly maxConnections: number;
}

/** Timeout of the TLS handshake, in milliseconds. */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Accepts connections on a port. */
export class TcpServer {
  readonly #server: Server;
  readonly #options: TcpServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #note: (line: string) => void;
  #hasNotedFileLimit = false;
  #refusedCount = 0;

  /**
   * @param accept receives each accepted connection
   * @param note receives a line about each connection that could not be accepted
   */
  constructor(options: TcpServerOptions, accept: (link: Link) => void, note: (line: string) => void) {
    this.#options = options;
    this.#note = note;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      this.checkFileLimit();
      socket.once("close", () => this.#sockets.delete(socket));
      this.#acceptConnection(socket, accept, note);
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

  /** Whether an error means that the process can open no more files or sockets. The first such error is reported. */
  noteIfOutOfFiles({ code }: NodeJS.ErrnoException): boolean {
    if (code !== "EMFILE" && code !== "ENFILE") return false;
    if (!this.#hasNotedFileLimit)
      this.#note("too many open files: new connections are refused until others end; ulimit -n raises the limit");
    this.#hasNotedFileLimit = true;
    return true;
  }

  /** The listening port; 0 before listening. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Starts listening. Rejects if that fails. */
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

  /** Stops accepting connections. */
  close(): void {
    this.#server.close();
    if (this.#refusedCount > 1)
      this.#note(`${formatCount(this.#refusedCount, "connection")} refused: too many were open`);
  }

  /** Closes all open connections. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reports that no more files can be opened, because Node drops the next connection silently. */
  checkFileLimit(): void {
    try {
      closeSync(openSync("/dev/null", "r"));
    } catch (error) {
      this.noteIfOutOfFiles(error as NodeJS.ErrnoException);
    }
  }

  #acceptConnection(socket: Socket, accept: (link: Link) => void, note: (line: string) => void): void {
    const { certificate } = this.#options;
    // Node caches the address, which the system no longer knows after a disconnect.
    const client = socket.remoteAddress ?? "a client";
    if (certificate === null) {
      accept({ stream: socket, socket });
      return;
    }
    const stream = wrapServerTls(socket, certificate);
    const timer = setTimeout(() => stream.destroy(new Error("no TLS handshake within 10 s")), TLS_HANDSHAKE_TIMEOUT_MS);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      note(`TLS with ${client} failed: ${formatClientTlsError(error)}`);
      socket.destroy();
    };
    socket.on("error", () => {});
    socket.once("close", () => clearTimeout(timer));
    stream.once("error", fail);
    stream.once("secure", () => {
      clearTimeout(timer);
      stream.off("error", fail);
      accept({ stream, socket });
    });
  }
}
