/** The live commands with TLS on either side, with certificates that OpenSSL made. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { after } from "node:test";
import { connect, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { certificateOf } from "../../src/cli/options/certificate.js";
import { UsageError } from "../../src/cli/usage-error.js";
import { type SelfSigned, selfSigned } from "../support/certificates.js";
import { Live, live } from "../support/live.js";
import { OPENSSL, peerTest } from "../support/peers.js";
import { started } from "../support/processes.js";
import { Queue, within } from "../support/queue.js";
import { listening } from "../support/relay.js";
import { tcpServer, tcpTo } from "../support/tcp.js";
import { wsDialling, wsEcho, wsTo } from "../support/ws-peers.js";

/** A server of the `ws` package behind TLS, which echoes. */
async function secureEcho({ cert, key }: SelfSigned): Promise<string> {
  const web = createServer({ cert, key });
  const sockets = new WebSocketServer({ server: web });
  sockets.on("connection", (socket) => socket.on("message", (bytes, binary) => socket.send(bytes, { binary })));
  const { port } = await listening(web);
  after(() => {
    for (const client of sockets.clients) client.terminate();
    web.close();
  });
  return `wss://127.0.0.1:${port}`;
}

/** Its types know of it for a server alone. */
const HALF_OPEN: object = { allowHalfOpen: true };

const doorOf = ({ certFile, keyFile }: SelfSigned): string[] => ["--cert", certFile, "--key", keyFile];

peerTest(OPENSSL, "the proxy speaks TLS with both sides, and shows what is inside", async () => {
  const ours = selfSigned("ours");
  const proxy = await live("proxy", await secureEcho(selfSigned("theirs")), "--insecure", ...doorOf(ours));
  assert.match(
    proxy.stderr,
    /^wsframe: wss:\/\/127\.0\.0\.1:\d+\/ leads to wss:\/\/127\.0\.0\.1:\d+; Ctrl-C ends it\n$/,
  );
  const client = await wsTo(`wss://localhost:${proxy.on}`, { ca: ours.cert });
  client.socket.send("inside");
  assert.equal(await client.next(), "inside");
  await proxy.prints(/← server +text +6 +"inside"/);
  assert.equal(await proxy.interrupt(), 130);
  assert.equal((await client.closed).code, 1001);
});

peerTest(OPENSSL, "TLS on one side alone is taken off, or put on", async () => {
  const ours = selfSigned("ours");
  const off = await live("proxy", (await wsEcho()).url, ...doorOf(ours));
  const secure = await wsTo(`wss://localhost:${off.on}`, { ca: ours.cert });
  secure.socket.send("a");
  assert.equal(await secure.next(), "a");
  const on = await live("proxy", await secureEcho(ours), "--insecure");
  const plain = await wsTo(`ws://127.0.0.1:${on.on}`);
  plain.socket.send("b");
  assert.equal(await plain.next(), "b");
});

peerTest(OPENSSL, "a certificate that cannot be verified is refused unless it may be", async () => {
  const url = await secureEcho(selfSigned("theirs"));
  const proxy = await live("proxy", url);
  const client = wsDialling(`ws://127.0.0.1:${proxy.on}`);
  assert.match(await client.error, /ECONNRESET|hang up/);
  await proxy.prints(/cannot be reached: self-signed certificate \(--insecure takes any certificate\)\n/, "stderr");
  const refused = new Live(["connect", url]);
  assert.equal(await refused.end(), 2);
  assert.match(refused.stderr, /cannot be reached: self-signed certificate \(--insecure takes any certificate\)\n$/);
  assert.equal(refused.stdout, "");
  const taken = new Live(["connect", url, "--insecure", "--once"]);
  taken.type("hello");
  assert.equal(await taken.end(), 0);
});

peerTest(OPENSSL, "a certificate that can be verified is taken, for its own name alone", async () => {
  const theirs = selfSigned("theirs");
  const url = await secureEcho(theirs);
  const verifying = (target: string): Live => {
    const command = new Live(["connect", target, "--once"], { NODE_EXTRA_CA_CERTS: theirs.certFile });
    command.type("hello");
    return command;
  };
  assert.equal(await verifying(url.replace("127.0.0.1", "localhost")).end(), 0);
  assert.equal(await verifying(url).end(), 0);
  const other = verifying(url.replace("127.0.0.1", "127.0.0.2"));
  assert.equal(await other.end(), 2);
});

peerTest(OPENSSL, "listen answers with TLS", async () => {
  const ours = selfSigned("ours");
  const listen = await live("listen", ...doorOf(ours));
  const client = await wsTo(`wss://localhost:${listen.on}`, { ca: ours.cert });
  client.socket.send("hello");
  assert.equal(await client.next(), "hello");
  client.socket.close(1000);
  assert.equal((await client.closed).code, 1000);
});

peerTest(OPENSSL, "who speaks no TLS where it is expected is said, and the others are answered", async () => {
  const ours = selfSigned("ours");
  const listen = await live("listen", ...doorOf(ours));
  const plain = await tcpTo(listen.on);
  plain.socket.write("GET / HTTP/1.1\r\n\r\n");
  assert.ok(await plain.ended);
  await listen.prints(/no TLS with 127\.0\.0\.1: /, "stderr");
  const gone = await tcpTo(listen.on);
  gone.socket.resetAndDestroy();
  const client = await wsTo(`wss://localhost:${listen.on}`, { ca: ours.cert });
  client.socket.send("hello");
  assert.equal(await client.next(), "hello");
  assert.equal(await listen.interrupt(), 130);
});

peerTest(OPENSSL, "bytes, a half-close and a reset cross TLS on both sides", async () => {
  const ours = selfSigned("ours");
  const theirs = new Queue<TLSSocket>("a connection");
  const server = createTlsServer({ ...ours, ...HALF_OPEN }, (socket) => {
    socket.on("error", () => {});
    theirs.add(socket);
  });
  const { port } = await listening(server);
  after(() => server.close());
  const proxy = await live("proxy", `wss://127.0.0.1:${port}`, "--insecure", ...doorOf(ours));
  const dial = async (): Promise<{ raw: Socket; secure: TLSSocket }> => {
    const { socket: raw } = await tcpTo(proxy.on);
    raw.removeAllListeners("data");
    const secure = connect({ socket: raw, ca: ours.cert, servername: "localhost", ...HALF_OPEN });
    secure.on("error", () => {});
    await within("TLS", once(secure, "secureConnect"));
    return { raw, secure };
  };
  const { secure: client } = await dial();
  const there = await theirs.next();
  const pieces: Buffer[] = [];
  there.on("data", (bytes) => pieces.push(bytes));
  const sent = randomBytes(300_000);
  client.end(sent);
  await within("a FIN", once(there, "end"));
  assert.ok(Buffer.concat(pieces).equals(sent));
  const answer = within("an answer", once(client, "data"));
  there.end("still here");
  assert.equal(String(await answer), "still here");
  const { raw } = await dial();
  const itsOther = await theirs.next();
  itsOther.resume();
  // What TLS makes of a reset, an error or an end, is not the relay's to say.
  const ended = within("its end", Promise.race([once(itsOther, "error"), once(itsOther, "end").catch(() => null)]));
  raw.resetAndDestroy();
  await ended;
});

peerTest(OPENSSL, "OpenSSL's client talks to a plain server through the proxy", async () => {
  const ours = selfSigned("ours");
  const target = await tcpServer();
  const proxy = await live("proxy", `ws://127.0.0.1:${target.port}`, ...doorOf(ours));
  const client = started(OPENSSL.probe[0], [
    "s_client",
    "-quiet",
    "-connect",
    `127.0.0.1:${proxy.on}`,
    "-CAfile",
    ours.certFile,
  ]);
  client.stdin.write("by openssl\n");
  const server = await target.next();
  assert.equal(String(await server.until((bytes) => bytes.includes("\n"))), "by openssl\n");
  const answer = within("an answer", once(client.stdout, "data"));
  server.socket.write("heard\n");
  assert.equal(String(await answer), "heard\n");
});

peerTest(OPENSSL, "a certificate and a key that are no pair are refused before anybody connects", () => {
  const [one, other] = [selfSigned("one"), selfSigned("other")];
  assert.deepEqual(certificateOf(one.certFile, one.keyFile), { cert: one.cert, key: one.key });
  assert.throws(
    () => certificateOf(one.certFile, other.keyFile),
    (error: Error) => error instanceof UsageError && /cannot be used: .*key values mismatch$/.test(error.message),
  );
  assert.throws(
    () => certificateOf(one.keyFile, one.keyFile),
    /--cert .* holds no PEM block that ends with CERTIFICATE-----/,
  );
});
