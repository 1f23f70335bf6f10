import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { buildHandshakeHeads } from "../test/support/arbitrary-conversations.js";
import { buildSegmentPcap, type TestSegment } from "../test/support/packets.js";

const SEGMENT = 1400;
const PCAP_HEADER = 24;
/** Segments that are made at once. */
const BATCH = 4096;

/** Writes a capture of a connection that carries the client's frames in a file: their first `size` bytes. */
export function writeCapture(file: string, frames: string, size: number): void {
  const data = readFileSync(frames).subarray(0, size);
  const [request = "", response = ""] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/);
  const to = openSync(file, "w");
  let packets: TestSegment[] = [
    { from: "client", at: 0, flags: "syn", ack: null },
    { from: "server", at: 0, flags: "syn" },
    { from: "client", at: 0, data: request },
    { from: "server", at: 0, data: response, ack: request.length },
  ];
  writeSync(to, buildSegmentPcap([]));
  const flush = (): void => {
    writeSync(to, buildSegmentPcap(packets).subarray(PCAP_HEADER));
    packets = [];
  };
  for (let at = 0; at < data.length; at += SEGMENT) {
    const sent = request.length + at;
    packets.push({ from: "client", at: sent, data: data.subarray(at, at + SEGMENT), ack: response.length });
    packets.push({ from: "server", at: response.length, ack: Math.min(sent + SEGMENT, request.length + data.length) });
    if (packets.length >= BATCH) flush();
  }
  flush();
  closeSync(to);
}
