import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { ByteRecording, SentBytes } from "./recording.js";

/** A loopback server for a test. */
interface ListeningServer {
  readonly port: number;
  close(): void;
}

/** Listens on a free port. */
export async function startListening(server: Server): Promise<ListeningServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** A relay to a server that records each side's bytes before it passes them on. */
export async function startRelay(port: number): Promise<ListeningServer & { readonly recording: ByteRecording }> {
  const recording: SentBytes[] = [];
  const relay = createServer((near: Socket) => {
    const far = connect(port, "127.0.0.1");
    near.on("data", (bytes) => recording.push({ sender: "client", bytes })).pipe(far);
    far.on("data", (bytes) => recording.push({ sender: "server", bytes })).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => {});
  });
  return { ...(await startListening(relay)), recording };
}
