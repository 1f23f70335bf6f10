import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { InputError } from "../../src/input/input-error.js";
import { readBytes } from "../../src/inspect/source-reader.js";
import { ENCODE_FORMATS } from "../../src/view/encode-formats.js";
import { cuts } from "../support/arbitrary-frames.js";
import { splitBytes } from "../support/bytes.js";
import { readInput } from "../support/read-input.js";
import { readRecords } from "../support/records.js";
import { fuzzRuns } from "../support/runs.js";

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const read = async (text: string, from = "auto"): Promise<string> =>
  hexOf((await readInput([Buffer.from(text)], from)).bytes);
const FRAME = "818537fa213d7f9f4d5158";

/** The notation of a sample, by the first pattern that its name fits. */
const SAMPLES: readonly (readonly [from: string, names: RegExp])[] = [
  [
    "hex",
    /^(hex-|go-x|go-space-x|go-sharp-space-x|php-bin2hex|ruby-unpack-H|perl-unpack-H2|csharp-bitconverter|java-biginteger-hex|hexdump-e-custom|od-An-tx1)/,
  ],
  ["python", /^(python-(all|repr|bytearray|array|pprint|unicode-escape)|rust-escape-ascii)/],
  ["base64", /^(base64|openssl-base64|go-json-base64)/],
  ["raw", /^(frame|star-middle)\.bin$/],
  ["dump", /^(xxd-(?!i)|hexdump-|od-|go-hex-Dump|gdb-x)/],
  ["bits", /^binary-digits/],
  [
    "string",
    /^(bash|c-octal|c-string|gdb-p\.|go-q|go-plus|json-latin1|json-utf8|lua|node-latin1|percent|perl-dumper|php-addc|php-var|python-(latin1|surrogate)|ruby-(dump|inspect|utf8)|rust-lossy|shell|strace)/,
  ],
  ["list", /^/],
];

const manifest = JSON.parse(readFileSync("fixtures/samples/manifest.json", "utf8")) as Record<
  string,
  { expect: string | null }
>;
assert.equal(Object.keys(manifest).length, 134);
for (const [name, { expect }] of Object.entries(manifest)) {
  const from = SAMPLES.find(([, names]) => names.test(name))?.[0] ?? assert.fail(name);
  const file = readFileSync(`fixtures/samples/${name}`);
  if (expect === null) {
    // What is shaped like a GUID is refused as such; asked to be hex, it is.
    test(`${name} is refused as ${from} and as auto`, async () => {
      for (const as of [from, "auto"]) {
        await assert.rejects(
          readInput([file], as),
          (error: unknown) => error instanceof InputError && error.place !== null && error.hint.length > 10,
        );
      }
    });
  } else {
    test(`${name} is read as ${from}, named and detected`, async () => {
      assert.equal(hexOf((await readInput([file], from)).bytes), expect);
      assert.equal(hexOf((await readInput([file])).bytes), expect);
      assert.equal(hexOf((await readInput(splitBytes(file, [1]), from)).bytes), expect, "a byte at a time");
      assert.equal(hexOf((await readInput(splitBytes(file, [7]))).bytes), expect, "found out in pieces");
    });
  }
}

/** `ncat -x` of some chunks: after each the offset begins again, and a blank is a dot in the text column. */
function ncat(chunks: readonly string[]): string {
  const rows = chunks.flatMap((chunk) => {
    const bytes = Buffer.from(chunk, "latin1");
    return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) => {
      const cells = [...bytes.subarray(row * 16, row * 16 + 16)];
      const hex = cells.map((byte, at) => `${at === 8 ? " " : ""}${byte.toString(16).padStart(2, "0")}`).join(" ");
      const text = cells.map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
      return `${(row * 16).toString(16).padStart(4, "0")}   ${hex.padEnd(48)}  ${text.padEnd(16)}\n`;
    });
  });
  return rows.join("");
}

test("the output of ncat -x is read chunk by chunk, however it is split", async () => {
  const sample = readFileSync("fixtures/samples/cap/ncat-x.txt", "utf8");
  const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  const chunks = ["GET / HTTP/1.1\r\n\r\n", upgrade, "\x81\x05Hello", "\x88\x02\x03\xe8"];
  const masked = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
  assert.equal(ncat([...chunks, masked]), sample);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 5 }),
      cuts,
      async (data, sizes) => {
        const text = ncat(data.map((bytes) => Buffer.from(bytes).toString("latin1")));
        const { bytes } = await readInput(splitBytes(Buffer.from(text), sizes), "dump");
        assert.equal(hexOf(bytes), hexOf(Buffer.concat(data)));
      },
    ),
    fuzzRuns(100),
  );
});

test("a GUID with --from hex is plain hex", async () => {
  assert.equal(hexOf((await readInput([readFileSync("fixtures/samples/odd-guid-like.txt")], "hex")).bytes), FRAME);
});

for (const [text, hex] of [
  ["81 05 48", "810548"],
  ["0x81, 0x5, 0x48", "810548"],
  ["0x810548", "810548"],
  ["$81 $05 $48", "810548"],
  ["81h 05h 48h 0FAh", "810548fa"],
  ["81:05:48", "810548"],
  ["81-05-48", "810548"],
  ["8105\n486\n5", "81054865"],
  ["81 05 # a comment with beef\n48 // and cafe\n65", "81054865"],
  ["81\r\n05", "8105"],
  ['"8105"', "8105"],
  ["818\r\n5", "8185"],
  ["  81  \n\n  05", "8105"],
] as const) {
  test(`hex ${JSON.stringify(text)}`, async () => {
    assert.equal(await read(text, "hex"), hex);
    assert.equal(hexOf((await readInput(splitBytes(Buffer.from(text), [1]), "hex")).bytes), hex);
    assert.equal(await read(text), hex);
  });
}

for (const [text, hex] of [
  [String.raw`b'\x81\x05H'`, "810548"],
  ['B"it\'s"', "69742773"],
  [String.raw`rb'\x81'`, "5c783831"],
  [String.raw`Rb'a\'b'`, "615c2762"],
  [String.raw`b'\a\b\f\n\r\t\v\\\'\"\0\101\377\d'`, "07080c0a0d090b5c272200" + "41ff5c64"],
  ["b'''a\nb'''", "610a62"],
  ["b'a\\\nb'", "6162"],
  [String.raw`(b'\x81' b'\x05')`, "8105"],
  ["bytes([129, 0x05, 0o110, 0b1])", "81054801"],
  ["bytearray((129, 5,))", "8105"],
  ["bytes.fromhex('81 05 48')", "810548"],
  ["bytearray.fromhex('8105')", "8105"],
  ["array('B', [129, 5])", "8105"],
  ["array('b', [-127, 5])", "8105"],
  ["2026-01-01 recv 5 from bob's ('10.0.0.1', 80): b'\\x81\\x05' and then b'Hello'\nbye", "810548656c6c6f"],
] as const) {
  test(`python ${JSON.stringify(text)}`, async () => {
    assert.equal(await read(text), hex);
    assert.equal(hexOf((await readInput(splitBytes(Buffer.from(text), [1]), "python")).bytes), hex);
  });
}

test("each literal is output separately, once its line is complete", async () => {
  const { pieces: found } = await readInput([Buffer.from("b'ab' b'cd'\nb'ef'")]);
  assert.deepEqual(found.map(hexOf), ["6162", "6364", "6566"]);
});

test("base64 in both alphabets, with and without padding, wrapped, on separate lines", async () => {
  for (const text of ["gYU3+iE9f59NUVg=", "gYU3-iE9f59NUVg", "gYU3+iE9\nf59NUVg=\n", '"gYU3+iE9f59NUVg="']) {
    assert.equal(await read(text), FRAME);
    assert.equal(hexOf((await readInput(splitBytes(Buffer.from(text), [1]), "base64")).bytes), FRAME);
  }
  assert.equal(await read("gQE=\nQQ==\n", "base64"), "810141");
});

/** The notation that reads what a writer of another name writes. */
const NOTATION_OF: Readonly<Record<string, string>> = { c: "list", js: "list", go: "list", rust: "list", java: "list" };

test("decode detects and reads what encode writes, if it is frames", async () => {
  const payload = fc.string({ unit: "grapheme", maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(payload, { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat(0xffffffff), { nil: null }),
      async (texts, maskingKey) => {
        const frames = texts.map((text) => encodeFrame({ opcode: 1, payload: Buffer.from(text), maskingKey }));
        for (const [name, write] of Object.entries(ENCODE_FORMATS)) {
          const written = Buffer.concat(frames.map((frame) => Buffer.from(write(frame))));
          const { bytes } = await readInput([written]);
          assert.equal(hexOf(bytes), hexOf(Buffer.concat(frames)), name);
        }
      },
    ),
    fuzzRuns(100, 0.005),
  );
});

test("decode reads what encode writes, in every notation", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 2, maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      cuts,
      async (frames, sizes) => {
        const bytes = hexOf(Buffer.concat(frames));
        for (const [name, write] of Object.entries(ENCODE_FORMATS)) {
          const written = Buffer.concat(frames.map((frame) => Buffer.from(write(frame))));
          assert.equal(
            hexOf((await readInput(splitBytes(written, sizes), NOTATION_OF[name] ?? name)).bytes),
            bytes,
            name,
          );
        }
      },
    ),
    fuzzRuns(50, 0.01),
  );
});

for (const [text, from, place, said, right] of [
  ["81 05 48 6g", "auto", "line 1 column 11 offset 10", '"g" is not a hex digit', "two hex digits"],
  ["recv 2: 81 00", "hex", "line 1 column 1 offset 0", '"r" is not a hex digit', "remove the words"],
  ["81 00 zz", "hex", "line 1 column 7 offset 6", '"z" is not a hex digit', "two hex digits"],
  ["81 05\n48 6", "auto", "line 2 column 5 offset 10", "a single hex digit", "two hex digits"],
  ["81054", "auto", "line 1 column 6 offset 5", "an odd number of hex digits (5)", "two hex digits"],
  ["81 5 48", "auto", "line 1 column 5 offset 4", "a single hex digit", "two hex digits"],
  ["81 05 /x", "hex", "line 1 column 8 offset 7", '"/" is not a hex digit', "two hex digits"],
  ["81 05 é", "hex", "line 1 column 7 offset 6", '"é" is not a hex digit', "two hex digits"],
  [
    String.raw`b'\x8'`,
    "auto",
    "line 1 column 3 offset 2",
    String.raw`the escape \x8 is incomplete`,
    "exactly two hex digits",
  ],
  [
    String.raw`b'\x`,
    "auto",
    "line 1 column 3 offset 2",
    String.raw`the escape \x is incomplete`,
    "exactly two hex digits",
  ],
  ["é b'\\x81", "auto", "line 1 column 9 offset 9", "the literal is not closed", "close it with '"],
  ["b'ab\nb'cd'", "auto", "line 1 column 5 offset 4", "the literal is not closed", "close it with '"],
  ["b'ok'\nlog b'é'", "auto", "line 2 column 7 offset 12", '"é" cannot be in a bytes literal', "two hex digits"],
  ["b'a\ufffd'", "auto", "line 1 column 4 offset 3", "bytes were lost here", "data.hex()"],
  ["bytes([129, 256])", "auto", "line 1 column 13 offset 12", "256 is not a byte", "from 0 to 255"],
  ["array('b', [129])", "auto", "line 1 column 13 offset 12", "129 is not a byte", "from -128 to 127"],
  ["bytes([129, x])", "auto", "line 1 column 13 offset 12", '"x" is not a number', "from 0 to 255"],
  ["bytes([129, 5", "auto", "line 1 column 14 offset 13", "the list is not closed", "close it with ]"],
  ["bytes.fromhex('8g')", "auto", "line 1 column 17 offset 16", '"g" is not a hex digit', "two hex digits"],
  ["bytes.fromhex('81", "auto", "line 1 column 18 offset 17", "the string is not closed", "close it"],
  ["bytes.fromhex(data)", "auto", "line 1 column 15 offset 14", "needs a string", "bytes.fromhex('8105')"],
  ["gQVIZWxsbw=!", "base64", "line 1 column 12 offset 11", '"!" cannot be here', "groups of four"],
  ["gQ*", "base64", "line 1 column 3 offset 2", '"*" is not a base64 character', "A-Z"],
  ["gQVIZ", "base64", "line 1 column 6 offset 5", "is incomplete", "groups of four"],
  ["gQ=", "base64", "line 1 column 4 offset 3", "is incomplete", "to pad"],
] as const) {
  test(`${JSON.stringify(text)} as ${from} is refused, with its place`, async () => {
    for (const chunks of [[Buffer.from(text)], [...splitBytes(Buffer.from(text), [1])]]) {
      // Found out, the whole start is looked at first; and a byte alone is no character.
      if (chunks.length > 1 && (from === "auto" || /[^\0-\x7f]/.test(text))) continue;
      await assert.rejects(readInput(chunks, from), (error: unknown) => {
        assert.ok(error instanceof InputError);
        const { line, column, offset } = error.place ?? assert.fail("no place");
        assert.equal(`line ${line} column ${column} offset ${offset}`, place);
        assert.ok(error.message.includes(said), error.message);
        assert.ok(error.hint.includes(right), error.hint);
        return true;
      });
    }
  });
}

test("a text without a literal, with --from python", async () => {
  await assert.rejects(read("no bytes here", "python"), /no Python bytes literal/);
});

test("the place of a fault does not depend on the chunks", async () => {
  const text = `${"81 05 \n".repeat(3)}é81 05 48 6g`;
  const places = new Set<string>();
  for (const size of [1, 2, 5, 100]) {
    await assert.rejects(
      readInput(splitBytes(Buffer.from(text.replace("é", "")), [size]), "hex"),
      (error: InputError) => {
        places.add(JSON.stringify({ ...error.place, excerpt: "" }));
        return true;
      },
    );
  }
  assert.deepEqual([...places], ['{"offset":31,"line":4,"column":11,"excerpt":""}']);
});

test("a frame that a server read in three pieces of 1024 bytes, and printed as three literals, is one frame", async () => {
  const literal = readFileSync("fixtures/samples/literals/chinese-2936.txt");
  const { bytes } = await readInput([literal]);
  assert.equal(bytes.length, 2936);
  const printed = [...splitBytes(bytes, [1024])]
    .map((piece) => `recv(1024): ${ENCODE_FORMATS.python?.(piece)}`)
    .join("");
  assert.equal(printed.split("\n").length, 4);
  const { pieces: read } = await readInput([Buffer.from(printed)]);
  assert.deepEqual(
    read.map(({ length }) => length),
    [1024, 1024, 888],
  );
  const [frame] = readRecords(read);
  assert.deepEqual([frame.length, frame.payloadLength, frame.lengthBits, frame.headerLength], [2936, 2928, 16, 8]);
  assert.equal([...frame.payload].length, 976);
  assert.deepEqual(frame.findings, []);
});

for (const [what, text, hex] of [
  ["strings before a literal", "{'mode': 'b', 'unit': \"b\", 'data': b'\\x81\\x00'}", "8100"],
  ["a call with a name", "len=bytes([n]) open(path, 'rb') b'\\x81\\x00'", "8100"],
  ["literals side by side", "b'\\x81'b'\\x00'", "8100"],
  ["hex with a literal in a comment", "81 05 48 65 6c 6c 6f  # b'Hello'", "810548656c6c6f"],
  ["hex under a comment", "# a 'b' flag\n81 00", "8100"],
  ["padded base64 in lines", "gQA=\ngQA=\ngQA=\n", "810081008100"],
  ["base64 of which every letter is a hex digit", "CAA=", "0800"],
  ["a stray byte of another encoding", `${"a log line\n".repeat(5)}caf\u00e9 b'\\x81\\x00'`, "8100"],
] as const) {
  test(`detected: ${what}`, async () => {
    const latin1 = what.startsWith("a stray");
    assert.equal(hexOf((await readInput([Buffer.from(text, latin1 ? "latin1" : "utf8")])).bytes), hex);
  });
}

test("a log whose first literal comes late is still a log", async () => {
  const line = Buffer.from("starting server, ready\n");
  const log = Buffer.concat([...Array.from({ length: 5000 }, () => line), Buffer.from("got b'\\x81\\x00'\n")]);
  for (const size of [log.length, 23 * 300, 4096]) {
    assert.equal(hexOf((await readInput(splitBytes(log, [size]))).bytes), "8100");
  }
});

test("a complete line of whole frames is decoded without waiting for more", async () => {
  const seen: string[] = [];
  const source = {
    name: null,
    isReadWhole: false,
    async *chunks() {
      yield Buffer.from("81 05 48 65 6c 6c 6f\n");
      assert.deepEqual(seen, ["810548656c6c6f"]);
      yield Buffer.from("89 00\n");
    },
  };
  await readBytes(
    source,
    null,
    (bytes) => void (bytes.length > 0 && seen.push(hexOf(bytes))),
    async () => {},
    assert.fail,
  );
  assert.deepEqual(seen, ["810548656c6c6f", "8900"]);
});

for (const [encoding, mark] of [
  ["utf16le", "fffe"],
  ["utf8", "efbbbf"],
] as const) {
  test(`a byte order mark of Windows: ${encoding}`, async () => {
    const bytes = Buffer.concat([Buffer.from(mark, "hex"), Buffer.from("81 05 48 65 6c 6c 6f\r\n", encoding)]);
    for (const from of ["auto", "hex"]) {
      assert.equal(hexOf((await readInput([bytes], from)).bytes), "810548656c6c6f");
    }
    assert.equal(hexOf((await readInput([bytes], "raw")).bytes), bytes.toString("hex"));
  });
}

test("the cost of literals over many lines is proportional to their length", async () => {
  // Read anew from its start with every chunk, this took minutes.
  const literal = Buffer.from(`b'''${"some text of a line\n".repeat(100_000)}'''`);
  assert.equal((await readInput(splitBytes(literal, [65_536]))).bytes.length, 2_000_000);
});

/** What a string holds is data, whatever it looks like. */
for (const [text, hex] of [
  [String.raw`"\x81\x09<<1,2,3>>"`, `8109${Buffer.from("<<1,2,3>>").toString("hex")}`],
  [String.raw`"\x81\x0f[]byte{1, 2, 3}"`, `810f${Buffer.from("[]byte{1, 2, 3}").toString("hex")}`],
  [
    String.raw`'\x81\x1d{"type":"Buffer","data":[1]}'`,
    `811d${Buffer.from('{"type":"Buffer","data":[1]}').toString("hex")}`,
  ],
  [String.raw`"\x81\x13... 16 more items ok"`, `8113${Buffer.from("... 16 more items ok").toString("hex")}`],
  [String.raw`"\201\002b'\201\2ok"`, "810262278102 6f6b".replace(" ", "")],
  [
    String.raw`write(1, "\201\2481 05 48 65 6c 6c 6f", 22) = 22`,
    `8114${Buffer.from("81 05 48 65 6c 6c 6f").toString("hex")}`,
  ],
  [String.raw`"\201\2481 05 48 65 6c 6c 6f"`, `8114${Buffer.from("81 05 48 65 6c 6c 6f").toString("hex")}`],
  ['"\\129\\3\\\na\\0"', "81030a6100"],
  [String.raw`"\130\001\007"`, "820107"],
  ["%81%06abc/d%25", `8106${Buffer.from("abc/d%").toString("hex")}`],
  ["[0b10000001, 0b00000000]", "8100"],
] as const) {
  test(`detected: ${JSON.stringify(text)}`, async () => assert.equal(await read(text), hex));
}

test("a raw frame of ASCII text is raw, whatever its text looks like", async () => {
  for (const text of [
    '{"bytes":[129,5,72,101,108,108,111],"id":12345}',
    "I got b'\\x81\\x02hi' today from the server I think",
    "x".repeat(100),
  ]) {
    const frame = encodeFrame({ opcode: 1, payload: Buffer.from(text) });
    assert.equal(hexOf((await readInput([frame])).bytes), hexOf(frame));
  }
});

for (const [what, text] of [
  ["a bracket and blanks", (size: number) => `[81, 0${" ".repeat(size)}x]`],
  ["blanks", (size: number) => " ".repeat(size)],
  ["quotes", (size: number) => `"\\x81${"'".repeat(size)}`],
  ["open comments", (size: number) => "/*".repeat(size / 2)],
  ["Erlang's brackets", (size: number) => "<<".repeat(size / 2)],
  ["system calls", (size: number) => `"\\x81" ${"write(1<".repeat(size / 8)}`],
  ["a class name", (size: number) => `java.nio.${"Buffer".repeat(size / 6)}`],
  ["rows of a dump", (size: number) => `00000000  ${"81 ".repeat(1300)}\n`.repeat(Math.ceil(size / 4000))],
  ["one long row", (size: number) => `00000000: ${"8105 ".repeat(size / 5)}`],
  ["letters of base64 and a mark", (size: number) => `${"aB3=".repeat(size / 4)}!`],
] as const) {
  // A pattern that backtracks takes minutes or more for these; the runner's own limit ends it.
  test(`${what} a hundred thousand times are read in time`, { timeout: 20_000 }, async () => {
    for (const from of ["auto", "list", "string", "dump", "base64"]) {
      await readInput([Buffer.from(text(100_000))], from).catch((error) =>
        assert.ok(error instanceof InputError, String(error)),
      );
    }
  });
}
