/** What the real tools print of any bytes is read as these bytes, or refused: never as others. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { InputError } from "../../src/input/input-error.js";
import { testWithPeer } from "../support/peers.js";
import { readInput } from "../support/read-input.js";
import { fuzzCount } from "../support/runs.js";

const TOOLS: readonly { readonly name: string; readonly install: string; readonly forms: readonly string[] }[] = [
  {
    name: "xxd",
    install: "apt-get install xxd",
    forms: [
      "xxd",
      "xxd -g1",
      "xxd -u -g4 -c8",
      "xxd -e",
      "xxd -d -c8",
      "xxd -o 4096",
      "xxd -b",
      "xxd -p",
      "xxd -i",
      "xxd -d",
    ],
  },
  {
    name: "hexdump",
    install: "apt-get install bsdextrautils",
    forms: ["hexdump", "hexdump -C", "hexdump -b", "hexdump -c", "hexdump -o", "hexdump -x"],
  },
  {
    name: "od",
    install: "apt-get install coreutils",
    forms: [
      ...["o", "d", "x"].flatMap((base) =>
        ["x1", "x2", "x4", "o1", "o2", "o4", "u1", "d1", "u2", "d2", "d4", "x1z"].map(
          (form) => `od -A ${base} -t ${form}`,
        ),
      ),
      "od",
      "od -c",
      "od -Ad -w8 -tx1",
      "od -v -t x1",
      "od -An -tx1 -v",
    ],
  },
];

/** Bytes as they come: frames with text, with runs that a dump leaves out, with text that looks like a dump. */
const conversation = fc
  .array(
    fc.record({
      opcode: fc.constantFrom(1, 2),
      maskingKey: fc.option(fc.nat(0xffffffff), { nil: null }),
      payload: fc.oneof(
        fc.string({ unit: "grapheme-ascii", maxLength: 60 }).map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(120).map((length) => new Uint8Array(length)),
        fc
          .constantFrom("a|b|c|d|e|f|g||h|", "81 05 48 65", "  ab cd ef", "0000010", "deadbeef ", "|..|", '"quoted\\n"')
          .map((text) => Buffer.from(text)),
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((frames) => Buffer.concat(frames.map(encodeFrame)));

for (const { name, install, forms } of TOOLS) {
  testWithPeer(
    { name, probe: ["sh", "-c", `command -v ${name}`], install },
    `${name}: ${forms.length} forms of any bytes`,
    async () => {
      const inputs = fc.sample(conversation, { numRuns: fuzzCount(12, 100), seed: 6455 });
      for (const form of forms) {
        let read = 0;
        for (const bytes of inputs) {
          const text = spawnSync("sh", ["-c", form], { input: bytes }).stdout;
          try {
            const got = Buffer.from((await readInput([text])).bytes).toString("hex");
            assert.equal(got, bytes.toString("hex"), `${form}\n${text}`);
            read++;
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
          }
        }
        assert.ok(read >= inputs.length, `${form}: ${read} of ${inputs.length} were read`);
      }
    },
  );
}
