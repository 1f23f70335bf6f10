/** What is made of connections of which something is missing, is cut, or comes twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, createDeflateRaw, deflateRawSync } from "node:zlib";
import { encodeFrame, type Sender } from "../../src/index.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import type { ConnectionEndEvent } from "../../src/protocol/connection-events.js";
import { FrameSearch } from "../../src/protocol/resync/frame-search.js";
import { ndjson } from "../../src/view/ndjson.js";
import { NULL_VIEW } from "../../src/view/null-view.js";
import { formatVerdict } from "../../src/view/verdict.js";
import type { AnyRecord } from "../support/any-record.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { parseHexBytes } from "../support/bytes.js";
import { readConversation } from "../support/conversation.js";
import { listFindings, readRecords } from "../support/records.js";

const text = (payload: string, fin = true, opcode = 1, maskingKey: number | null = null): Buffer =>
  Buffer.from(encodeFrame({ opcode, fin, payload: Buffer.from(payload, "latin1"), maskingKey }));
const WORDS = ["one", "two", "three", "four", "five", "six", "seven"];
const STREAM = Buffer.concat(WORDS.map((word) => text(word)));

/** The records of a stream in parts; a number stands for so many bytes that are missing. */
function recordsWithGaps(parts: readonly (Uint8Array | number)[], sender: Sender | null = "server"): AnyRecord[] {
  const paper = new BufferedViewContext();
  const inspection = new StreamInspection(ndjson.open(paper), { sender, keep: 2 ** 20, extensions: [] });
  for (const part of parts) {
    if (typeof part === "number") inspection.addGap(part);
    else inspection.push(Uint8Array.from(part));
  }
  inspection.end();
  return paper.records;
}

const payloads = (records: readonly AnyRecord[]): string[] =>
  records.filter(({ type, complete }) => type === "frame" && complete).map(({ payload }) => payload);

test("a second gap in the rest of a frame may reach beyond it: frames are found behind it", () => {
  const long = text("x".repeat(100));
  const parts = [long.subarray(0, 12), 30, long.subarray(42, 52), 62, STREAM.subarray(12)];
  const records = recordsWithGaps(parts);
  assert.deepEqual(payloads(records), WORDS.slice(3));
  assert.deepEqual(listFindings(records).slice(0, 1), ["stream-gap 12 30"]);
  const within = recordsWithGaps([long.subarray(0, 12), 30, long.subarray(42, 52), 40, long.subarray(92), STREAM]);
  assert.deepEqual(payloads(within), WORDS);
});

test("several gaps before a frame are reported as one", () => {
  const records = recordsWithGaps([STREAM.subarray(0, 5), 5, 7, STREAM.subarray(17)]);
  assert.deepEqual(payloads(records), ["one", ...WORDS.slice(3)]);
  assert.deepEqual(listFindings(records), ["stream-gap 5 12"]);
});

test("a gap at the end is the sender's of whose bytes it is", () => {
  for (const sender of ["client", "server"] as const) {
    const frame = text("a", true, 1, sender === "client" ? 0x01020304 : null);
    const ends = recordsWithGaps([frame, 9], sender).filter(({ type }) => type === "end");
    assert.deepEqual(
      ends.map((end) => [end.sender, listFindings([end])]),
      [[sender, [`stream-gap ${frame.length} 9`]]],
    );
  }
});

test("behind a gap the text of a message that begins anew is looked at, that of one which goes on is not", () => {
  const fault = text("\xff");
  assert.deepEqual(listFindings(recordsWithGaps([STREAM.subarray(0, 5), 5, STREAM.subarray(10), fault])), [
    "stream-gap 5 5",
    `invalid-utf8 ${STREAM.length + 2} 1`,
  ]);
  for (const rest of ["\xbc", "\xc3", "\xff"]) {
    const parts = [text("begun", false), 6, text(rest, true, 0), STREAM];
    assert.deepEqual(listFindings(recordsWithGaps(parts)), ["stream-gap 7 6"], rest);
    const halfway = [text("begun\xc3", false), 6, text(rest, true, 0), STREAM];
    assert.deepEqual(listFindings(recordsWithGaps(halfway)), [`stream-gap ${(halfway[0] as Buffer).length} 6`], rest);
  }
});

test("a compressed message may copy from one that is missing, though those before it are there", async () => {
  const stream = createDeflateRaw();
  const deflated = (data: string): Promise<Buffer> =>
    new Promise((resolve) => {
      stream.once("data", (chunk: Buffer) => resolve(chunk.subarray(0, -4)));
      stream.write(data);
      stream.flush(constants.Z_SYNC_FLUSH);
    });
  const frames: Buffer[] = [];
  for (const word of ["first of all", "repeated, and repeated", ...WORDS.map((one) => `repeated, ${one}`)])
    frames.push(Buffer.from(encodeFrame({ opcode: 1, rsv1: true, payload: await deflated(word) })));
  stream.close();
  const [first, second] = frames as [Buffer, Buffer];
  const rest = [first, ...frames.slice(2)];
  const found = listFindings(
    readRecords(rest, { sender: "server", extensions: "permessage-deflate", gap: [first.length, second.length] }),
  );
  assert.ok(
    found.every((one) => /^(stream-gap|inflate-limit) /.test(one)),
    found.join(),
  );
  assert.equal(found.filter((one) => one.startsWith("stream-gap ")).length, 1);
});

test("where bytes are missing, unanswered pings and unmatched pongs are not reported", () => {
  const ping = text("a", true, 9);
  const pong = text("b", true, 10, 0x01020305);
  const client = text("", true, 1, 0x01020304);
  const whole = [ping, client, STREAM, pong];
  assert.deepEqual(
    listFindings(recordsWithGaps(whole, null)).map((found) => found.split(" ", 1)[0]),
    ["unmatched-pong", "unanswered-ping"],
  );
  assert.deepEqual(
    listFindings(recordsWithGaps([ping, client, 5, STREAM, pong], null)).map((found) => found.split(" ", 1)[0]),
    ["stream-gap"],
  );
});

test("a header that is cut has no masking key, and a Close frame that is cut does not close", () => {
  assert.deepEqual(listFindings(readRecords([parseHexBytes("81 80 00 00 00 00  81 80 00")])), [
    "zero-masking-key 2 4",
    "truncated-frame 6 3",
  ]);
  const said = (hex: string): unknown =>
    readConversation([{ sender: "server", bytes: parseHexBytes(hex) }]).closed.closes.map(({ code }) => code);
  assert.deepEqual(said("88 02 03 e8 88 02 03 e9"), [1000]);
  assert.deepEqual(said("88 05 03 e8 62"), []);
});

test("a masking key is used again only when the frame before it had it", () => {
  const rules = (hex: string): string[] => listFindings(readRecords([parseHexBytes(hex)], { sender: "client" }));
  assert.deepEqual(rules("81 80 01 02 03 04  81 80 01 02 03 04"), ["reused-masking-key 8 4"]);
  assert.deepEqual(rules("81 80 01 02 03 04  81 00  81 80 01 02 03 04"), ["unmasked-client-frame 7 1"]);
});

test("behind missing bytes a masking key is compared with no key from before them", () => {
  const client = (word: string): Buffer => text(word, true, 1, 0x01020304);
  const [first, second, ...rest] = WORDS.map(client) as [Buffer, Buffer, ...Buffer[]];
  // The frames that are here and follow one another do share their key.
  const among = (at: number): string[] => {
    const offsets = rest.map((_, i) => at + rest.slice(0, i).reduce((sum, { length }) => sum + length, 0));
    return offsets.slice(1).map((offset) => `reused-masking-key ${offset + 2} 4`);
  };
  const gap = `stream-gap ${first.length} ${second.length}`;
  const behind = first.length + second.length;
  for (const sender of ["client", null] as const) {
    const found = listFindings(recordsWithGaps([first, second.length, ...rest], sender));
    assert.deepEqual(found, [gap, ...among(behind)], String(sender));
  }
  // The first frame behind the gap is the server's: the client's first one is a later one.
  const mixed = [first, second.length, STREAM, ...rest];
  assert.deepEqual(listFindings(recordsWithGaps(mixed, null)), [gap, ...among(behind + STREAM.length)]);
});

test("a gap inside one frame's payload hides no frame: the key of the next is compared with that frame's", () => {
  const [long, next] = ["x".repeat(100), "next"].map((word) => text(word, true, 1, 0x01020304)) as [Buffer, Buffer];
  const found = listFindings(recordsWithGaps([long.subarray(0, 20), 30, long.subarray(50), next], "client"));
  assert.deepEqual(found, ["stream-gap 20 30", `reused-masking-key ${long.length + 2} 4`]);
});

test("what RSV1 means is decided once, also where the message that had it is given up", () => {
  assert.deepEqual(listFindings(readRecords([parseHexBytes("41 01 aa  81 01 41  81 01 42")])), [
    "interleaved-message 3 1",
    "assumed-deflate 0 1",
  ]);
  // With other bits that nothing explains it is no sign of compression.
  assert.deepEqual(listFindings(readRecords([parseHexBytes("e1 03 61 62 63")])), ["rsv-without-extension 0 1"]);
  assert.doesNotMatch(
    listFindings(readRecords([parseHexBytes("e1 07 f2 48 cd c9 c9 07 00")])).join(),
    /assumed-deflate/,
  );
  const fragments = listFindings(readRecords([parseHexBytes("41 01 aa  01 01 41  80 01 42")]));
  assert.equal(fragments.filter((found) => found.startsWith("assumed-deflate ")).length, 1, fragments.join());
  // What does not inflate was not compressed, and says nothing of the messages behind it.
  const found = listFindings(readRecords([parseHexBytes("c1 03 ff ff ff  c1 07 f2 48 cd c9 c9 07 00")]));
  assert.ok(found.includes("assumed-deflate 5 1"), found.join());
});

test("an unknown extension explains RSV bits; a response that refuses agrees to none", () => {
  const rsv2 = parseHexBytes("a1 01 61");
  assert.deepEqual(listFindings(readRecords([rsv2], { extensions: "none" })), ["rsv-without-extension 0 1"]);
  assert.deepEqual(listFindings(readRecords([parseHexBytes("c1 01 61")], { extensions: "x-other" })), []);
  assert.deepEqual(listFindings(readRecords([parseHexBytes("c1 01 61")], { extensions: "none" })), [
    "rsv-without-extension 0 1",
  ]);
});

test("a stopped inflation is reported once for each message", () => {
  const long = deflateRawSync(Buffer.alloc(500_000, 0x61), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const third = Math.floor(long.length / 3);
  const message = [0, 1, 2].map((i) =>
    encodeFrame({
      opcode: i === 0 ? 1 : 0,
      fin: i === 2,
      rsv1: i === 0,
      payload: long.subarray(i * third, i === 2 ? long.length : (i + 1) * third),
    }),
  );
  const extensions = "permessage-deflate; server_no_context_takeover";
  const records = readRecords([...message, ...message], { extensions, inflateLimit: 1000 });
  assert.deepEqual(
    records
      .filter(({ type }) => type === "frame")
      .map((record) => listFindings([record]).map((found) => found.split(" ", 1)[0])),
    [["inflate-limit"], [], [], ["inflate-limit"], [], []],
  );
});

const [REQUEST, RESPONSE] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/) as [string, string];

test("a request behind a handshake begins another connection, though no frame came", () => {
  const heads = Buffer.from(REQUEST + RESPONSE);
  const records = readRecords([heads, heads, text("a")]);
  assert.deepEqual(
    records.filter(({ type }) => type !== "end").map(({ type, stream }) => `${type} ${stream}`),
    ["handshake 0", "handshake 1", "frame 1"],
  );
});

test("what comes before an answer belongs to that answer alone, and what comes before none is not early", () => {
  const bytes = (words: string): Buffer => Buffer.from(words, "latin1");
  const { handshakes } = readConversation([
    { sender: "client", bytes: bytes(REQUEST) },
    { sender: "server", bytes: bytes("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") },
    { sender: "client", bytes: bytes(REQUEST) },
    { sender: "server", bytes: bytes(RESPONSE) },
  ]);
  assert.deepEqual(
    handshakes.map(({ interim, response }) => [interim.length, response?.length]),
    [
      [1, 38],
      [0, RESPONSE.length],
    ],
  );
  const early = readRecords([bytes(REQUEST), text("a", true, 1, 0x01020304)]);
  assert.deepEqual(
    early.filter(({ type }) => type !== "end").map(({ type }) => type),
    ["handshake", "frame"],
  );
  assert.deepEqual(listFindings(early), []);
});

test("the start of a frame is found from several in a row, their sender, and the form of their lengths", () => {
  const masked = Buffer.concat(WORDS.map((word, i) => text(word, true, 1, 0x01020304 + i)));
  const noise = Buffer.from([0x81, 0x01]);
  const at = (bytes: Uint8Array, sender: Sender | null, over = false): number | undefined => {
    const search = new FrameSearch(sender, "none", 0);
    return (search.push(bytes, null) ?? (over ? search.end() : null))?.chain.start;
  };
  assert.equal(at(Buffer.concat([noise, noise, noise, Buffer.alloc(9, 0xff), STREAM]), "server"), 15);
  assert.equal(at(masked, "client"), 0);
  assert.equal(at(masked, "server"), undefined);
  assert.equal(at(Buffer.concat([masked.subarray(3), STREAM]), "server"), masked.length - 3);
  assert.equal(at(Buffer.concat([STREAM.subarray(0, 5), masked]), "server"), undefined);
  assert.equal(at(Buffer.concat([Buffer.from([0xff]), STREAM.subarray(0, 10)]), "server"), undefined);
  assert.equal(at(Buffer.concat([Buffer.from([0xff]), STREAM.subarray(0, 10)]), "server", true), 1);
  const wide = Buffer.concat(
    WORDS.map((word) => Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from(word), lengthBits: 16 }))),
  );
  assert.equal(at(wide, "server"), undefined);
});

test("a gap in the first bytes of a response leaves them out: no frame begins with them", () => {
  const response = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  for (const cut of [1, 2, 3, 4]) {
    const records = recordsWithGaps([response.subarray(0, cut), 30, response.subarray(cut + 30), STREAM]);
    assert.deepEqual(payloads(records), WORDS, String(cut));
    assert.deepEqual(listFindings(records), [`stream-gap ${cut} 30`]);
    assert.equal(records.find(({ type }) => type === "end")?.bytes, response.length - 30 + STREAM.length);
  }
});

test("behind a gap, messages that copy from those behind it alone are inflated", async () => {
  const messages = async (words: readonly string[]): Promise<Buffer[]> => {
    const stream = createDeflateRaw();
    const all: Buffer[] = [];
    for (const word of words)
      all.push(
        await new Promise((resolve) => {
          stream.once("data", (chunk: Buffer) => resolve(Buffer.from(chunk.subarray(0, -4))));
          stream.write(word);
          stream.flush(constants.Z_SYNC_FLUSH);
        }),
      );
    stream.close();
    return all.map((payload) => Buffer.from(encodeFrame({ opcode: 1, rsv1: true, payload })));
  };
  // A sender that begins its context anew, as one may at any time, copies from nothing before.
  const words = ["hello hello hello", "hello again hello", "and again hello"];
  const found = readRecords([text("a"), ...(await messages(words))], {
    sender: "server",
    extensions: "permessage-deflate",
    gap: [3, 30],
  });
  assert.deepEqual(
    found.filter(({ type }) => type === "message").map(({ payload }) => payload),
    words,
  );
  assert.deepEqual(listFindings(found), ["stream-gap 3 30"]);
});

test("a message that copies from missing bytes is not reported as inflated", async () => {
  const stream = createDeflateRaw();
  const deflated = (data: string): Promise<Buffer> =>
    new Promise((resolve) => {
      stream.once("data", (chunk: Buffer) => resolve(Buffer.from(chunk.subarray(0, -4))));
      stream.write(data);
      stream.flush(constants.Z_SYNC_FLUSH);
    });
  const frames: Buffer[] = [];
  for (const word of ["repeated, repeated", "repeated, and again"])
    frames.push(Buffer.from(encodeFrame({ opcode: 1, rsv1: true, payload: await deflated(word) })));
  stream.close();
  const [first, second] = frames as [Buffer, Buffer];
  const paper = new BufferedViewContext();
  const inspection = new StreamInspection(ndjson.open(paper), { sender: "server", keep: 2 ** 20 });
  inspection.push(text("a"));
  inspection.addGap(first.length);
  inspection.push(Uint8Array.from(second));
  inspection.end();
  const said = paper.records.flatMap(({ findings }) => findings.map(({ message }: AnyRecord) => message)).join();
  assert.doesNotMatch(said, /the message inflates/);
  assert.match(said, /nothing in the message contradicts this so far/);
});

test("a response that a gap cuts leaves open what was agreed, and is blamed for nothing that it lacks", () => {
  const deflated = deflateRawSync(Buffer.from("hello hello"), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const frame = Buffer.from(encodeFrame({ opcode: 1, rsv1: true, payload: deflated }));
  const response = `${RESPONSE.trimEnd()}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`;
  for (let cut = response.indexOf("\r\n") + 2; cut < response.length - 2; cut++) {
    const server = recordsWithGaps(
      [Buffer.from(response.slice(0, cut)), response.length - cut, frame, frame, STREAM],
      "server",
    );
    const handshake = server.find(({ type }) => type === "handshake") as AnyRecord;
    // Behind the line's CR its value is known, too.
    const known = cut > response.indexOf("permessage-deflate") + "permessage-deflate".length;
    assert.deepEqual(handshake.extensions, known ? [{ name: "permessage-deflate", params: {} }] : [], String(cut));
    const found = listFindings(server).map((one) => one.split(" ", 1)[0] as string);
    for (const rule of found) assert.match(rule, /^(?:stream-gap|assumed-deflate|inflate-limit)$/, `${rule} at ${cut}`);
  }
});

test("a verdict says nothing of Close frames and pongs that may be among missing bytes", () => {
  const client = (opcode: number, payload: string): Buffer => text(payload, true, opcode, 0x01020304);
  const verdictOf = (parts: readonly (Uint8Array | number)[]): string => {
    const said: string[] = [];
    const view = { ...NULL_VIEW, closed: (event: ConnectionEndEvent) => void said.push(...formatVerdict(event)) };
    const inspection = new StreamInspection(view, { sender: null, keep: 100, extensions: [] });
    for (const part of parts) {
      if (typeof part === "number") inspection.addGap(part);
      else inspection.push(Uint8Array.from(part));
    }
    inspection.end();
    return said.join(" | ");
  };
  const close = text("\x03\xe8", true, 8);
  assert.match(verdictOf([client(1, "a"), close]), /the closing handshake is incomplete.* would have seen 1006/);
  assert.match(
    verdictOf([client(1, "a"), close, 8]),
    /no Close from the client in the input: bytes from the client are missing$/,
  );
  assert.match(verdictOf([client(1, "a"), text("b"), 8]), /no Close frame in the input, but bytes are missing$/);
  assert.match(
    verdictOf([text("p", true, 9), client(1, "a"), 8]),
    /1 ping from the server, answers unknown: bytes from the client/,
  );
  // A gap inside a payload takes no frame away.
  const long = client(2, "x".repeat(100));
  assert.match(
    verdictOf([long.subarray(0, 20), 30, long.subarray(50), close]),
    /the closing handshake is incomplete.* would have seen 1006/,
  );
});
