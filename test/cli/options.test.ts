/** The values of options: accepted ones, and the errors for the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFormat, parseNotation } from "../../src/cli/options/format.js";
import { parsePort } from "../../src/cli/options/port.js";
import { isSelective, parseSelection } from "../../src/cli/options/selection.js";
import { buildListenError, isPublic, parseServerOptions } from "../../src/cli/options/server-options.js";
import { parseSizeOption } from "../../src/cli/options/size.js";
import { UsageError } from "../../src/cli/usage-error.js";
import { SELECT_EVERYTHING } from "../../src/inspect/selection.js";

/** A call with a wrong value, and its expected error. */
const WRONG: readonly (readonly [call: () => unknown, says: RegExp])[] = [
  [() => parsePort("65536"), /--port must be a number from 0 to 65535, not "65536"/],
  [() => parsePort("80a"), /--port/],
  [() => parseSizeOption("--max-payload", "1 parsec"), /--max-payload must be a size/],
  [() => parseFormat("hexx"), /unknown format "hexx"; choose from auto, .*pcap/],
  [() => parseNotation("pcap"), /unknown format "pcap"; choose from auto, .*hex/],
  [() => parseSelection({ stream: "x" }), /--stream must be a connection number/],
  [() => parseSelection({ frame: "7-3" }), /--frame must be a number/],
  [() => parseSelection({ only: "text,pign" }), /unknown kind "pign" in --only; choose from .*ping.*findings/],
  [() => parseSelection({ grep: "(" }), /--grep/],
  [() => parseServerOptions({ host: "a b", port: "1" }), /--host must be an address/],
];

for (const [call, says] of WRONG) {
  test(`wrong: ${says.source}`, () => {
    assert.throws(call, (error) => error instanceof UsageError && says.test(error.message));
  });
}

test("valid values are accepted", () => {
  assert.equal(parsePort("0"), 0);
  assert.equal(parseSizeOption("--max-payload", "64KiB"), 65_536);
  assert.equal(parseFormat("auto"), null);
  assert.equal(parseFormat("pcap")?.name, "pcap");
  assert.equal(parseNotation("hex")?.name, "hex");
  assert.equal(parseSelection({}), SELECT_EVERYTHING);
  assert.ok(!isSelective({}) && isSelective({ grep: "" }));
  const selection = parseSelection({ stream: "1", frame: "3-7", only: "text, findings", grep: "(?i)hello" });
  assert.deepEqual([selection.hasStream(1), selection.hasStream(0), selection.isWholeStream(1)], [true, false, false]);
});

test("addresses that other machines can reach are recognised", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) assert.equal(isPublic(host), false, host);
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) assert.equal(isPublic(host), true, host);
});

test("the reason why a port cannot be opened is reported", () => {
  const options = parseServerOptions({ host: "::1", port: "80" });
  const sentences = ["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENOTFOUND"].map(
    (code) => buildListenError(Object.assign(new Error("raw"), { code }), options).message,
  );
  assert.equal(new Set(sentences).size, 4);
  for (const sentence of sentences) assert.match(sentence, /^cannot listen on \[::1\]:80: (?!raw)/);
  assert.match(buildListenError(new Error("raw"), options).message, /: raw$/);
});
