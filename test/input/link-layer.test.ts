import assert from "node:assert/strict";
import { test } from "node:test";
import { guessLink } from "../../src/input/capture/pcap/link-guess.js";
import { findIpOffset } from "../../src/input/capture/pcap/link-layer.js";
import { parseHexBytes } from "../support/bytes.js";

const IP = "45 00 00 14 00 00 00 00 40 06 00 00 7f 00 00 01 7f 00 00 01";
const ADDRESSES = "02 00 00 00 00 01 02 00 00 00 00 02";
/** What stands before the packet, by link type. */
const HEADERS: readonly (readonly [linkType: number, header: string])[] = [
  [1, `${ADDRESSES} 08 00`],
  [1, `${ADDRESSES} 81 00 00 05 08 00`],
  [113, "00 04 00 01 00 06 02 00 00 00 00 01 00 00 08 00"],
  [276, "08 00 00 00 00 00 00 01 00 01 00 06 02 00 00 00 00 01 00 00"],
  [0, "02 00 00 00"],
  [0, "00 00 00 02"],
  [0, "1e 00 00 00"],
  [101, ""],
];

for (const [linkType, header] of HEADERS) {
  test(`link type ${linkType} with ${header || "nothing"} before the packet: read, and guessed`, () => {
    const packet = parseHexBytes(`${header} ${IP}`);
    assert.equal(findIpOffset(linkType, packet), parseHexBytes(header).length);
    assert.deepEqual(guessLink(packet, null), { linkType, wireLength: packet.length });
  });
}

test("no link layer gives IP for another protocol, another address family or a truncated header", () => {
  assert.equal(findIpOffset(1, parseHexBytes(`${ADDRESSES} 08 06 ${IP}`)), -1);
  assert.equal(findIpOffset(0, parseHexBytes(`07 00 00 00 ${IP}`)), -1);
  assert.equal(findIpOffset(108, parseHexBytes("00 00 02")), -1);
  assert.equal(findIpOffset(276, parseHexBytes(`08 06 00 00 ${IP}`)), -1);
  assert.equal(findIpOffset(147, parseHexBytes(IP)), -1);
  assert.equal(guessLink(parseHexBytes(`07 00 00 00 ${IP}`), null), null);
});
