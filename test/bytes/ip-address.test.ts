import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { formatIpAddress, parseIpAddress, toIpv6Address } from "../../src/bytes/ip-address.js";

/** Addresses, and how RFC 5952 writes them; in brackets where IPv6. */
const ADDRESSES: readonly (readonly [text: string, formatted: string])[] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "[::1]"],
  ["::", "[::]"],
  ["2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]"],
  ["2001:DB8::1", "[2001:db8::1]"],
  ["fe80::1%eth0", "[fe80::1]"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["64:ff9b::192.0.2.33", "[64:ff9b::c000:221]"],
  ["1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]"],
];

for (const [text, formatted] of ADDRESSES) {
  test(`${text} is ${formatted}`, () => {
    const address = parseIpAddress(text);
    assert.ok(address !== null && isIP(text.replace(/%.*/, "")) !== 0);
    assert.equal(formatIpAddress(address), formatted);
  });
}

for (const text of [
  "",
  "1.2.3",
  "1.2.3.256",
  "1.2.3.4.5",
  "::1::",
  "1:2:3:4:5:6:7",
  "12345::",
  "localhost",
  "1:2:3:4:5:6:7:8:9",
]) {
  test(`${JSON.stringify(text)} is not an address`, () => {
    assert.equal(parseIpAddress(text), null);
    assert.equal(isIP(text), 0);
  });
}

test("an IPv4 address maps into IPv6", () => {
  assert.deepEqual(toIpv6Address(Uint8Array.of(192, 0, 2, 1)), parseIpAddress("::ffff:192.0.2.1"));
});
