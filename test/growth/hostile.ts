/**
 * Inputs that are made to be expensive, by the reader that they are for: each is of a kind that costs too much where something is
 * looked for anew, copied anew or kept, again and again. A new one is one line.
 */
import { gzipSync } from "node:zlib";

/** What has about `n` bytes of a kind. */
export type Hostile = (n: number) => Uint8Array;

const filled = (piece: string, n: number): string => piece.repeat(Math.ceil(n / piece.length));
const text = (piece: string, before = "", behind = ""): Hostile => {
  return (n) => Buffer.from(`${before}${filled(piece, n)}${behind}`);
};
const numbered = (row: (index: number) => string, size: number, before = "", behind = ""): Hostile => {
  return (n) =>
    Buffer.from(`${before}${Array.from({ length: Math.ceil(n / size) }, (_, i) => row(i)).join("")}${behind}`);
};

const octets = (index: number): string => (index * 16).toString(16).padStart(8, "0");
const PAIRS = "81 02 68 69 81 02 68 69 81 02 68 69 81 02 68 69";
const HEAD = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n";
const FOLLOW = "===================================================================\n";
const RAW = `${FOLLOW}Follow: tcp,raw\nFilter: tcp.stream eq 0\nNode 0: a:1\nNode 1: b:2\n`;
const HEX = RAW.replace("raw", "hex");
const YAML = "peers:\n  - peer: 0\n    host: a\n    port: 1\n  - peer: 1\n    host: b\n    port: 2\npackets:\n";
const SOCKET = '{"_resourceType":"websocket","_webSocketMessages":[';
const MESSAGE = '{"type":"send","time":1,"opcode":1,"data":"hi"}';
const tnet = (type: string, inside: string): string => `${inside.length}:${inside}${type}`;
const flow = (messages: string): string => tnet("}", `4:type;9:websocket;8:messages;${tnet("]", messages)}`);

/** The readers of bytes, by the name that `--from` has for them, and `auto`. */
export const NOTATION_INPUTS: Readonly<Record<string, Readonly<Record<string, Hostile>>>> = {
  string: {
    "quotes that are escaped": text('\\"', '"a'),
    "quotes that are escaped, in no string": text('\\" '),
    "escapes in one string": text("\\x81", '"', '"'),
    "many strings": text('"\\x81" '),
    "strings of both kinds that hold the other": text(`"'\\x81" '"' `),
    "escapes without quotes": text("\\x81"),
    "decimal escapes": text("\\200", '"', '"'),
    "blanks behind a string": text(" ", '"\\x81"', ";"),
    "blanks before what is none": text(" ", '"\\x81"', "x"),
    "code points": text("\\u0041", '"', '"'),
    "percent-encoding": text("%81"),
    "calls that were traced": text('read(3, "\\x81", 4) = 1\n'),
    "calls without their end": text("read(3<"),
    "quotes between words": text('a"'),
    "dollars and quotes": text("$'"),
    "raw bytes in quotes": (n) => Buffer.from(`"${filled('\x81" ', n)}"`, "latin1"),
  },
  python: {
    literals: text("b'\\x81'\n"),
    "literals on one line": text("b'\\x81' "),
    "a literal of many escapes": text("\\x81", "b'", "'"),
    "openers in a text": text("b'''"),
    "triple quotes that never close": text("a\n", "b'''"),
    "heads between": text(`${HEAD}\r\n`, "b'a'\n"),
    "heads that are none": text("GET / HTTP/1.1 \\\n", "b'a'\n"),
    "heads in literals": text("b'''GET / HTTP/1.1\n\n'''\n"),
    "heads without an end in literals": text("b'''\nGET / HTTP/1.1\n'''\n"),
    "a head without an end": text("a: b\n", "b'a'\nGET / HTTP/1.1\n"),
    "words that begin as a head": text("GET ", "b'a'\n"),
    numbers: text("1, ", "bytes([", "])"),
    "blanks in numbers": text(" ", "bytes([1", "])"),
    "lists without an end": text("bytes([1\n"),
    hex: text("81 ", "bytes.fromhex('", "')"),
    "hex without an end": text("81\n", "bytes.fromhex('"),
    "one line": text("a", "b'\\x81' "),
    "carriage returns": text("\r", "b'''", "'''"),
  },
  list: {
    "numbers in brackets": text("1,", "[", "1]"),
    blanks: text(" ", "[129,", "5]"),
    commas: text(",", "[129", "5]"),
    "brackets that open": text("["),
    "brackets that open, and a number": text("[1 "),
    "braces and parentheses": text("{( "),
    "angles that open": text("<"),
    "angles with hex": text("<deadbeef "),
    "one description": text(" deadbeef", "<deadbeef", ">"),
    "one description that is none": text(" deadbeef", "<deadbeef", " x>"),
    "many lists": text("[129, 5] "),
    Buffers: text("<Buffer 81> "),
    "Buffers without an end": text("<Buffer 81 "),
    comments: text("/* */ 1,", "[", "1]"),
    "comments without an end": text("/* ", "[1, 2] "),
    hashes: text("#\n", "[1, 2]\n"),
    "words and brackets": text("a[a", "", "] = {1}"),
    "an Erlang string": text('\\"', '<<"', '">>'),
    quotes: text('"', "[1, 2]"),
    "hex numbers without a mark": text("8a,", "[", "8a]"),
    digits: text("1", "[", "]"),
    "names of keys": text('"0":1,', "{", '"1":2}'),
    casts: text("(byte) 1,", "{", "1}"),
    "lost data, nearly": text("... 1 more byte ", "[1, 2]"),
  },
  dump: {
    rows: numbered((i) => `${octets(i)}: ${PAIRS}\n`, 58),
    "rows with a text column": numbered((i) => `${octets(i)}  ${PAIRS}  |..hi..hi..hi..hi|\n`, 77),
    "one line": text("81 ", "00000000: "),
    bars: text("| ", "00000000  81 02 68 69\n00000004  "),
    angles: text("> ", "00000000  81 02 68 69\n00000004  ", "<"),
    "rows of bars": numbered((i) => `${octets(i)}  81 ${"| ".repeat(500)}x\n`, 1015),
    stars: text("*\n", `00000000: ${PAIRS}\n`, "00000010\n"),
    "short rows": numbered((i) => `${i.toString(16).padStart(8, "0")}  81\n`, 13),
    octal: text("201 002\n"),
    "empty lines": text("\n", `00000000: ${PAIRS}\n`),
  },
  hex: {
    pairs: text("81 02 68 69\n"),
    "digits alone": text("8 \n1 \n"),
    "one run": text("8102"),
    comments: text("# 81\n81\n"),
    slashes: text("//", "81 "),
    marks: text("0x81, "),
    h: text("81h "),
    brackets: text("[81] "),
  },
  bits: { bits: text("10000001\n"), hashes: text("#\n", "1000000100000000\n"), marks: text("0b") },
  base64: {
    lines: text("gQJoaQ==\n"),
    padding: text("=", "gQJo"),
    "padding and then not": text("=", "gQJo", "A"),
    "padding that comes and goes": text("gQ==", "", "A"),
    quotes: text('"gQJo"'),
    blanks: text(" ", "gQJoaQ=="),
  },
  raw: {
    frames: (n) => Buffer.alloc(n, Buffer.from("81026869", "hex")),
    "a head": text("a: b\r\n", HEAD, "\r\n"),
    "a head without an end": text("a: b\r\n", HEAD),
    "folded lines": text(" a\r\n", HEAD, "\r\n"),
    "a first line": text(" HTTP/1", "GET /", "\r\n\r\n"),
    "versions and returns": text(" HTTP/1", "GET /", "\rx\r\n\r\n"),
    "blanks in a status line": text(" ", "HTTP/1.1 200", "\rx\r\n\r\n"),
    "empty lines": text("\r\n"),
    colons: text(":", HEAD, "\r\n\r\n"),
    heads: text(`${HEAD}\r\n`),
  },
};

/** What has to be found out: the same and more, in any notation. */
export const AUTO_INPUTS: Readonly<Record<string, Hostile>> = {
  words: text("the quick brown fox "),
  "lines of words": text("the quick brown fox\n"),
  blanks: text(" "),
  tabs: text("\t"),
  "marks of the byte order": text("\ufeff"),
  zeros: (n) => Buffer.alloc(n),
  "line ends of every kind": text("\r\n\n\r"),
  "a prompt": text("$ \n"),
  "a status line that is none": text(" ", "HTTP/1.1 200 ", "\\"),
};

/** The readers of captures, by the name that `--from` has for them. */
export const CAPTURE_INPUTS: Readonly<Record<string, Readonly<Record<string, Hostile>>>> = {
  follow: {
    raw: text("81026869\n\t81026869\n", RAW, FOLLOW),
    "raw, one line": text("81026869", RAW, `\n${FOLLOW}`),
    hex: numbered((i) => `${octets(i)}  ${PAIRS.slice(0, 23)}  ${PAIRS.slice(24)}   hi\n`, 63, HEX, FOLLOW),
    "hex that may be the word for a loss": text("00000000  5b 31\n", HEX.split("\n").slice(5).join("\n")),
    headings: text(HEX),
    YAML: text("  - packet: 1\n    peer: 0\n    data: !!binary |\n      gQJoaQ==\n", YAML),
    "YAML, short lines of data": text("      gQ\n", `${YAML}  - packet: 1\n    peer: 0\n    data: !!binary |\n`),
    "YAML, one line of data": text("gQJo", `${YAML}  - packet: 1\n    peer: 0\n    data: !!binary |\n      `, "\n"),
    "YAML, hosts": text("    host: a\n", YAML.slice(0, 7)),
    arrays: numbered((i) => `char peer0_${i + 1}[] = { /* Packet ${i} */\n0x81, 0x00 };\n`, 52),
    "an array": text("0x81, ", "char peer0_0[] = {\n", "0x81 };\n"),
    "an array of blanks": text(" ", "char peer0_0[] = {\n0x81", "x };\n"),
    "an array of blanks behind a brace": text(" ", "char peer0_0[] = {\n0x81 }", "x\n"),
  },
  packets: {
    tcpdump: numbered(
      (i) => `\t0x${(i * 16).toString(16).padStart(4, "0")}:  8102 6869 8102 6869 8102 6869 8102 6869\n`,
      50,
    ),
    headings: text("17:01:42.987854 IP a.1 > b.2: Flags [P.], length 4\n"),
    "blank lines": text("\n", "\t0x0000:  4500 0028\n"),
    JSON: text('{"_source":{"layers":{"frame":{"frame.number":"1"}}}},', "[", "{}]"),
    "JSON, one a line": text('{"timestamp":"1","layers":{"frame":{"frame_frame_len":"1"}}}\n'),
    "JSON, a long string": text("a", '[{"_source":{"layers":{"frame":{"a":"', '"}}}}]'),
    "JSON, escapes": text('\\"', '[{"_source":{"layers":{"frame":{"a":"', '"}}}}]'),
    "JSON, deep": text("[", '[{"layers":'),
    "JSON, a deep object": text('{"a":', '[{"layers":'),
  },
  har: {
    entries: text(`${SOCKET}${MESSAGE}]},`, '{"log":{"entries":[', "{}]}}"),
    messages: text(`${MESSAGE},`, `{"log":{"entries":[${SOCKET}`, `${MESSAGE}]}]}}`),
    "empty objects": text("{},", '{"log":{"entries":[', "{}]}}"),
    "empty objects as messages": text("{},", `{"log":{"entries":[${SOCKET}`, "{}]}]}}"),
    deep: text("[", '{"log":'),
    "deep entries": text('{"a":', '{"log":{"entries":[', ""),
    names: text('"a":1,', '{"log":{', '"entries":[]}}'),
    "a long name": text("a", '{"log":{"', '":1}}'),
    headers: text(
      '{"name":"a","value":"b"},',
      `{"log":{"entries":[{"_resourceType":"websocket","request":{"method":"GET","url":"/","headers":[`,
      "{}]}}]}}",
    ),
    "a URL": text("#", '{"log":{"entries":[{"_resourceType":"websocket","request":{"method":"GET","url":"', '"}}]}}'),
  },
  mitmproxy: {
    flows: text(flow("")),
    messages: (n) => Buffer.from(flow(filled(tnet("]", "1:1#4:true!2:hi,1:1#"), n))),
    values: (n) => Buffer.from(tnet("}", `1:a;${tnet("]", filled("0:~", n))}`)),
    lists: (n) => Buffer.from(tnet("}", `1:a;${tnet("]", filled("0:]", n))}`)),
    keys: (n) =>
      Buffer.from(tnet("}", Array.from({ length: n / 12 }, (_, i) => `${tnet(";", `${1e6 + i}`)}0:~`).join(""))),
  },
  trace: {
    curl: numbered(
      (_) => `=> Send header, 4 bytes (0x4)\n0000: 81 02 68 69 ${" ".repeat(36)}..hi\n`,
      90,
      "== Info: a\n",
    ),
    "curl, lines that are none": text("0000: 81\n", "== Info: a\n"),
    "curl, connections": numbered((i) => `[0-${i}] => Send header, 1 bytes (0x1)\n0000: 81 ${" ".repeat(45)}.\n`, 95),
    socat: numbered(
      (i) => `> 2026/11/20 17:01:42.000066425  length=4 from=${i * 4} to=${i * 4 + 3}\n 81 02 68 69\n--\n`,
      82,
    ),
    "socat, one line": (n) =>
      Buffer.from(`> 2026/11/20 17:01:42.000066425  length=${n} from=0 to=${n - 1}\n${" 81".repeat(n)}\n`),
    "websocket-client": text(
      "++Sent raw: b'\\x81\\x02hi'\n",
      `--- request header ---\n${HEAD.replaceAll("\r", "")}\n-----------------------\n`,
    ),
    "websocket-client, a long frame": text("\\x81", "++Sent raw: b'", "'\n"),
    "websocket-client, dashes": text("-", "--- request header ---\n", "x\n"),
    "websocket-client, plus signs": text("+", "--- request header ---\n", "x\n"),
    "websocket-client, lines that grow": numbered((i) => `${" a".repeat(i % 40)}\n`, 41, "--- request header ---\n"),
    websockets: text("> TEXT 'hi' [2 bytes]\n", "= connection is CONNECTING\n"),
    "websockets, brackets": text(" [1 byte", "= connection is CONNECTING\n> TEXT '", "\n"),
    "websockets, a long text": (n) =>
      Buffer.from(`= connection is OPEN\n> TEXT '${"\\n".repeat(n / 2)}' [${n / 2} bytes]\n`),
    "websockets, headers": text("> a: b\n", "= connection is CONNECTING\n> GET / HTTP/1.1\n"),
    "websockets, to be continued": text("> TEXT 'a' [1 byte, continued]\n", "= connection is OPEN\n"),
    websocat: text('READ 4 "\\x81\\x02hi"\n', 'READ 18 "GET / HTTP/1.1\\r\\n\\r\\n"\n'),
  },
  pcap: {
    packets: (n) => {
      const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000065000000", "hex");
      const packet = Buffer.from("00000000000000001400000014000000450000140000000040060000c0a80001c0a80002", "hex");
      return Buffer.concat([header, ...Array(Math.ceil(n / packet.length)).fill(packet)]);
    },
  },
};

const MEMBER = gzipSync("x");

/** What is compressed with gzip. */
export const GZIP_INPUTS: Readonly<Record<string, Hostile>> = {
  members: (n) => Buffer.concat(Array(Math.ceil(n / MEMBER.length)).fill(MEMBER)),
  "zeros behind": (n) => Buffer.concat([MEMBER, Buffer.alloc(n)]),
  "a long name": (n) =>
    Buffer.concat([
      Buffer.from([31, 139, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(n, 97),
      Buffer.from([0]),
      MEMBER.subarray(10),
    ]),
  "one member": (n) => gzipSync(Buffer.from(Array.from({ length: n }, (_, i) => (i * i * 7919) >> 7)), { level: 1 }),
};
