import { join } from "node:path";
import { createScratchFolder } from "./folder.js";
import { startLive } from "./live.js";
import { waitFor } from "./queue.js";
import { connectWs, startWsEcho } from "./ws-peers.js";

/** The files of a session recorded in every format, and the ndjson output that was shown. */
export interface RecordedSession {
  readonly pcapng: string;
  readonly ndjson: string;
  readonly txt: string;
  readonly shown: string;
}

/** `ws` clients send many messages through a recording proxy: compressed, in fragments, pings, large ones, and a broken connection. */
export async function recordSession(): Promise<RecordedSession> {
  const folder = createScratchFolder();
  const files = { pcapng: join(folder, "a.pcapng"), ndjson: join(folder, "a.ndjson"), txt: join(folder, "a.txt") };
  const echo = await startWsEcho({ perMessageDeflate: { threshold: 0 } });
  const recording = Object.values(files).flatMap((file) => ["--record", file]);
  const proxy = await startLive("proxy", echo.url, "--to", "ndjson", ...recording);
  const url = `ws://127.0.0.1:${proxy.on}/chat`;
  for (const perMessageDeflate of [false, { threshold: 0 }]) {
    const client = await connectWs(url, { perMessageDeflate });
    for (const message of ["Hello", "Größe 🙂", "", "x".repeat(70_000), Buffer.from([0, 0xff])]) {
      client.socket.send(message);
      await client.next();
    }
    client.socket.send("frag", { fin: false });
    client.socket.ping("are you there");
    client.socket.send("ment", { fin: true });
    await client.next();
    client.socket.close(1000, "bye");
    await client.closed;
  }
  const torn = await connectWs(url);
  torn.socket.send("before");
  await torn.next();
  torn.socket.terminate();
  await torn.closed;
  const plain = await waitFor(
    "an answer",
    fetch(`http://127.0.0.1:${proxy.on}/`, { headers: { connection: "close" } }),
  );
  await plain.text();
  await proxy.interrupt();
  return { ...files, shown: proxy.stdout };
}
