/** The live commands with TLS on either side, with certificates that OpenSSL made. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { after } from "node:test";
import { connect, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { loadCertificate } from "../../src/cli/options/certificate.js";
import { UsageError } from "../../src/cli/usage-error.js";
import { createSelfSigned, type SelfSignedCertificate } from "../support/certificates.js";
import { LiveCommand, startLive } from "../support/live.js";
import { OPENSSL, testWithPeer } from "../support/peers.js";
import { startProcess } from "../support/processes.js";
import { Queue, waitFor } from "../support/queue.js";
import { startListening } from "../support/relay.js";
import { connectTcp, startTcpServer } from "../support/tcp.js";
import { connectWs, createWsClient, startWsEcho } from "../support/ws-peers.js";

/** A server of the `ws` package behind TLS, which echoes. */
async function secureEcho({ cert, key }: SelfSignedCertificate): Promise<string> {
  const web = createServer({ cert, key });
  const sockets = new WebSocketServer({ server: web });
  sockets.on("connection", (socket) => socket.on("message", (bytes, binary) => socket.send(bytes, { binary })));
  const { port } = await startListening(web);
  after(() => {
    for (const client of sockets.clients) client.terminate();
    web.close();
  });
  return `wss://127.0.0.1:${port}`;
}

/** Its types know of it for a server alone. */
const HALF_OPEN: object = { allowHalfOpen: true };

const doorOf = ({ certFile, keyFile }: SelfSignedCertificate): string[] => ["--cert", certFile, "--key", keyFile];

testWithPeer(OPENSSL, "the proxy uses TLS with both sides, and shows the plain frames", async () => {
  const ours = createSelfSigned("ours");
  const proxy = await startLive("proxy", await secureEcho(createSelfSigned("theirs")), "--insecure", ...doorOf(ours));
  assert.match(
    proxy.stderr,
    /^wsframe: listening on wss:\/\/127\.0\.0\.1:\d+\/, relaying to wss:\/\/127\.0\.0\.1:\d+; Ctrl-C to stop\n$/,
  );
  const client = await connectWs(`wss://localhost:${proxy.on}`, { ca: ours.cert });
  client.socket.send("inside");
  assert.equal(await client.next(), "inside");
  await proxy.waitForOutput(/← server +text +6 +"inside"/);
  assert.equal(await proxy.interrupt(), 130);
  assert.equal((await client.closed).code, 1001);
});

testWithPeer(OPENSSL, "TLS on one side alone is taken off, or put on", async () => {
  const ours = createSelfSigned("ours");
  const off = await startLive("proxy", (await startWsEcho()).url, ...doorOf(ours));
  const secure = await connectWs(`wss://localhost:${off.on}`, { ca: ours.cert });
  secure.socket.send("a");
  assert.equal(await secure.next(), "a");
  const on = await startLive("proxy", await secureEcho(ours), "--insecure");
  const plain = await connectWs(`ws://127.0.0.1:${on.on}`);
  plain.socket.send("b");
  assert.equal(await plain.next(), "b");
});

testWithPeer(OPENSSL, "a certificate that cannot be verified is refused unless it may be", async () => {
  const url = await secureEcho(createSelfSigned("theirs"));
  const proxy = await startLive("proxy", url);
  const client = createWsClient(`ws://127.0.0.1:${proxy.on}`);
  assert.match(await client.error, /ECONNRESET|hang up/);
  await proxy.waitForOutput(
    /cannot connect to wss:\/\/[^ ]+: self-signed certificate \(--insecure skips certificate checks\)\n/,
    "stderr",
  );
  const refused = new LiveCommand(["connect", url]);
  assert.equal(await refused.waitForEnd(), 2);
  assert.match(
    refused.stderr,
    /cannot connect to wss:\/\/[^ ]+: self-signed certificate \(--insecure skips certificate checks\)\n$/,
  );
  assert.equal(refused.stdout, "");
  const taken = new LiveCommand(["connect", url, "--insecure", "--once"]);
  taken.typeLines("hello");
  assert.equal(await taken.waitForEnd(), 0);
});

testWithPeer(OPENSSL, "a certificate that can be verified is taken, for its own name alone", async () => {
  const theirs = createSelfSigned("theirs");
  const url = await secureEcho(theirs);
  const verifying = (target: string): LiveCommand => {
    const command = new LiveCommand(["connect", target, "--once"], { NODE_EXTRA_CA_CERTS: theirs.certFile });
    command.typeLines("hello");
    return command;
  };
  assert.equal(await verifying(url.replace("127.0.0.1", "localhost")).waitForEnd(), 0);
  assert.equal(await verifying(url).waitForEnd(), 0);
  const other = verifying(url.replace("127.0.0.1", "127.0.0.2"));
  assert.equal(await other.waitForEnd(), 2);
});

testWithPeer(OPENSSL, "TLS on one side only is named, not OpenSSL's error", async () => {
  const plain = await startLive("listen");
  const secure = new LiveCommand(["connect", `wss://127.0.0.1:${plain.on}`]);
  assert.equal(await secure.waitForEnd(), 2);
  assert.match(secure.stderr, /cannot connect to wss:\/\/127\.0\.0\.1:\d+: no TLS on this port; try ws:\/\/\n$/);
  const listen = await startLive("listen", ...doorOf(createSelfSigned("ours")));
  const client = createWsClient(`ws://127.0.0.1:${listen.on}`);
  assert.match(await client.error, /ECONNRESET|hang up/);
  await listen.waitForOutput(/TLS with 127\.0\.0\.1 failed: the client did not use TLS \(wss:\/\/\)\n/, "stderr");
});

testWithPeer(OPENSSL, "listen answers with TLS", async () => {
  const ours = createSelfSigned("ours");
  const listen = await startLive("listen", ...doorOf(ours));
  const client = await connectWs(`wss://localhost:${listen.on}`, { ca: ours.cert });
  client.socket.send("hello");
  assert.equal(await client.next(), "hello");
  client.socket.close(1000);
  assert.equal((await client.closed).code, 1000);
});

testWithPeer(OPENSSL, "a client without TLS gives a note, and the others are answered", async () => {
  const ours = createSelfSigned("ours");
  const listen = await startLive("listen", ...doorOf(ours));
  const plain = await connectTcp(listen.on);
  plain.socket.write("GET / HTTP/1.1\r\n\r\n");
  assert.ok(await plain.ended);
  await listen.waitForOutput(/TLS with 127\.0\.0\.1 failed: /, "stderr");
  const gone = await connectTcp(listen.on);
  gone.socket.resetAndDestroy();
  const client = await connectWs(`wss://localhost:${listen.on}`, { ca: ours.cert });
  client.socket.send("hello");
  assert.equal(await client.next(), "hello");
  assert.equal(await listen.interrupt(), 130);
});

testWithPeer(OPENSSL, "bytes, a half-close and a reset cross TLS on both sides", async () => {
  const ours = createSelfSigned("ours");
  const theirs = new Queue<TLSSocket>("a connection");
  const server = createTlsServer({ ...ours, ...HALF_OPEN }, (socket) => {
    socket.on("error", () => {});
    theirs.add(socket);
  });
  const { port } = await startListening(server);
  after(() => server.close());
  const proxy = await startLive("proxy", `wss://127.0.0.1:${port}`, "--insecure", ...doorOf(ours));
  const dial = async (): Promise<{ raw: Socket; secure: TLSSocket }> => {
    const { socket: raw } = await connectTcp(proxy.on);
    raw.removeAllListeners("data");
    const secure = connect({ socket: raw, ca: ours.cert, servername: "localhost", ...HALF_OPEN });
    secure.on("error", () => {});
    await waitFor("TLS", once(secure, "secureConnect"));
    return { raw, secure };
  };
  const { secure: client } = await dial();
  const there = await theirs.next();
  const pieces: Buffer[] = [];
  there.on("data", (bytes) => pieces.push(bytes));
  const sent = randomBytes(300_000);
  client.end(sent);
  await waitFor("a FIN", once(there, "end"));
  assert.ok(Buffer.concat(pieces).equals(sent));
  const answer = waitFor("an answer", once(client, "data"));
  there.end("still here");
  assert.equal(String(await answer), "still here");
  const { raw } = await dial();
  const itsOther = await theirs.next();
  itsOther.resume();
  // What TLS makes of a reset, an error or an end, is not the relay's to say.
  const ended = waitFor("its end", Promise.race([once(itsOther, "error"), once(itsOther, "end").catch(() => null)]));
  raw.resetAndDestroy();
  await ended;
});

testWithPeer(OPENSSL, "OpenSSL's client talks to a plain server through the proxy", async () => {
  const ours = createSelfSigned("ours");
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`, ...doorOf(ours));
  const client = startProcess(OPENSSL.probe[0], [
    "s_client",
    "-quiet",
    "-connect",
    `127.0.0.1:${proxy.on}`,
    "-CAfile",
    ours.certFile,
  ]);
  client.stdin.write("by openssl\n");
  const server = await target.next();
  assert.equal(String(await server.waitForBytes((bytes) => bytes.includes("\n"))), "by openssl\n");
  const answer = waitFor("an answer", once(client.stdout, "data"));
  server.socket.write("heard\n");
  assert.equal(String(await answer), "heard\n");
});

testWithPeer(OPENSSL, "a certificate and a key that are no pair are refused before anybody connects", () => {
  const [one, other] = [createSelfSigned("one"), createSelfSigned("other")];
  assert.deepEqual(loadCertificate(one.certFile, one.keyFile), { cert: one.cert, key: one.key });
  assert.throws(
    () => loadCertificate(one.certFile, other.keyFile),
    (error: Error) => error instanceof UsageError && /do not work: .*key values mismatch$/.test(error.message),
  );
  assert.throws(() => loadCertificate(one.keyFile, one.keyFile), /--cert: .* has no PEM block "CERTIFICATE"/);
});
