import type { AddressInfo } from "node:net";
import WebSocket, { type PerMessageDeflateOptions, WebSocketServer } from "ws";
import type { ByteRecording } from "./recording.js";
import { startRelay } from "./relay.js";

/** The bytes that a real `ws` client and server exchange; the client closes after the last message. */
export async function recordWsConversation(
  talk: (client: WebSocket, server: WebSocket) => Promise<void>,
  perMessageDeflate: false | PerMessageDeflateOptions = false,
): Promise<ByteRecording> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  await new Promise((resolve) => server.once("listening", resolve));
  const relay = await startRelay((server.address() as AddressInfo).port);
  const accepted = new Promise<WebSocket>((resolve) => server.once("connection", resolve));
  const client = new WebSocket(`ws://127.0.0.1:${relay.port}`, {
    perMessageDeflate: perMessageDeflate !== false && { threshold: 0 },
  });
  await new Promise((resolve, reject) => client.once("open", resolve).once("error", reject));
  const closed = new Promise((resolve) => client.once("close", resolve));
  await talk(client, await accepted);
  client.close(1000, "bye");
  await closed;
  relay.close();
  server.close();
  return relay.recording;
}
