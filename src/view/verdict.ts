import { formatDuration } from "../bytes/packet-timestamp.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { CloseFrame, ConnectionEndEvent, SenderTotals, TcpEnd } from "../protocol/connection-events.js";
import { closeCodeInfo } from "../protocol/frame/close-code.js";
import type { Sender } from "../protocol/frame/frame.js";
import type { RoundTrip } from "../protocol/pings.js";
import { formatInflatedSize } from "./compression.js";
import { formatCloseCode, quoteReason } from "./describe.js";

const SENDERS: readonly Sender[] = ["client", "server"];
const PEERS: Readonly<Record<Sender, Sender>> = { client: "server", server: "client" };

/** Whether a connection has enough for a verdict: a single frame speaks for itself, unless TCP ended behind it, or behind no frame at all. */
export function hasVerdict({ totals, closes, opened, tcpEnd }: ConnectionEndEvent): boolean {
  const frames = SENDERS.reduce((sum, sender) => sum + (totals[sender]?.frames ?? 0), 0);
  const isOver = tcpEnd !== null && tcpEnd.kind !== "open";
  // Of an input that has no frames only a Close has something to say: what else there was is not known.
  if (frames === 0 && closes.length > 0) return true;
  return frames > 1 || (isOver && (opened || frames > 0));
}

/** Whether what a sender sent is in the input: its frames are, or both the 101 and how TCP ended, and it sent none. */
function isSenderPresent({ totals, opened, tcpEnd, framesLost }: ConnectionEndEvent, sender: Sender): boolean {
  if (framesLost[sender]) return false;
  return (totals[sender]?.frames ?? 0) > 0 || (opened && tcpEnd !== null);
}

/** What a connection came to, in sentences: its messages and pings, how it was closed, and what applications saw of that. */
export function formatVerdict(event: ConnectionEndEvent): string[] {
  return [formatCounts(event), formatClosing(event), ...formatSeenCodes(event)].filter((line) => line !== "");
}

function formatCounts(event: ConnectionEndEvent): string {
  const { totals } = event;
  const there = SENDERS.map((sender) => totals[sender]).filter((total) => total !== null);
  const sum = (value: (total: SenderTotals) => number): number => there.reduce((all, total) => all + value(total), 0);
  const compressed = sum(({ compressedMessages }) => compressedMessages);
  const sizes = formatInflatedSize(
    sum((total) => total.compressedBytes),
    sum((total) => total.inflatedBytes),
  );
  const parts = [
    formatCount(
      sum(({ messages }) => messages),
      "message",
    ),
    compressed === 0
      ? ""
      : `${formatNumber(compressed)} of them compressed${sum((total) => total.compressedBytes) === 0 ? "" : ` (${sizes})`}`,
    ...SENDERS.map((sender) => formatPings(event, sender)),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function formatPings(event: ConnectionEndEvent, sender: Sender): string {
  const { totals } = event;
  const { pings: sent = 0, unansweredPings = 0, roundTrip = null } = totals[sender] ?? {};
  if (sent === 0) return "";
  const name = `${formatCount(sent, "ping")} of the ${sender}`;
  if (event.framesLost[PEERS[sender]]) return `${name}, answers unknown: bytes of the ${PEERS[sender]} are missing`;
  if (!isSenderPresent(event, PEERS[sender])) return `${name}, answers not in the input`;
  if ((totals[PEERS[sender]]?.frames ?? 0) === 0) return `${name}, not answered`;
  const answered = unansweredPings === 0 ? "answered" : `${formatNumber(sent - unansweredPings)} answered`;
  return `${name}, ${answered}${roundTrip === null ? "" : ` in ${formatRoundTrip(roundTrip)}`}`;
}

function formatRoundTrip({ min, max }: RoundTrip): string {
  const texts = new Set([formatDuration(min), formatDuration(max)]);
  return [...texts].join(" to ");
}

/** Who closed, with what, and whether the closing handshake was complete (RFC 6455 §7.1.2). */
function formatClosing(event: ConnectionEndEvent): string {
  const { closes, tcpEnd } = event;
  const [first, second] = closes;
  if (first === undefined) {
    const both = SENDERS.every((sender) => isSenderPresent(event, sender));
    const lost = SENDERS.some((sender) => event.framesLost[sender]);
    if (lost)
      return `no Close frame in what is here; bytes are missing${tcpEnd === null ? "" : `; ${formatTcpEnd(tcpEnd)}`}`;
    if (tcpEnd !== null)
      return `no Close frame: ${formatTcpEnd(tcpEnd)}${both && tcpEnd.kind !== "open" ? `, and ${SAW_1006}` : ""}`;
    return `no Close frame in the input${both ? `: if the connection ended here, ${SAW_1006}` : ""}`;
  }
  const other = PEERS[first.sender];
  if (second !== undefined) {
    const wrong = closes.find((close) => !isLegalClose(close));
    const end =
      wrong === undefined
        ? "the closing handshake is complete"
        : `what the ${wrong.sender} sent may not be sent, and fails the connection`;
    return `closed first by the ${first.sender}, with ${formatCloseFrame(first)}; the ${other} answered with ${formatCloseFrame(second)}: ${end}`;
  }
  const none = `no Close of the ${other} in the input`;
  const incomplete = `${none}: the closing handshake is not complete${tcpEnd === null ? "" : `; ${formatTcpEnd(tcpEnd)}`}`;
  // Messages without frames came from an input that need not have every Close.
  const unknown = (event.totals[other]?.messages ?? 0) > 0 ? none : `the ${other}'s frames are not in the input`;
  const lost = `${none}: bytes of the ${other} are missing`;
  const missing = isSenderPresent(event, other) ? incomplete : event.framesLost[other] ? lost : unknown;
  return `closed by the ${first.sender}, with ${formatCloseFrame(first)}; ${missing}`;
}

const SAW_1006 = "both applications saw 1006 (Abnormal Closure)";

function formatTcpEnd(ended: TcpEnd): string {
  if (ended.kind === "open") return "the connection was open when the capture ended";
  return `the ${ended.by} ${ended.kind === "reset" ? "reset" : "closed"} the TCP connection`;
}

function isLegalClose({ code, bodyLength }: CloseFrame): boolean {
  return code === null ? bodyLength === 0 : closeCodeInfo(code).isSendable;
}

function formatCloseFrame({ code, reason, bodyLength }: CloseFrame): string {
  if (code === null) return bodyLength === 1 ? "a body of 1 byte, which is no status code" : "no status code";
  return `${formatCloseCode(code)}${reason.length === 0 ? "" : ` ${quoteReason(reason)}`}`;
}

/** Why an application saw a code that no frame has (RFC 6455 §7.1.5): one line for each that did. */
function formatSeenCodes(event: ConnectionEndEvent): string[] {
  const { closes, tcpEnd } = event;
  if (closes.length === 0) return [];
  const condition = tcpEnd === null ? "if the connection ended here, " : "";
  return SENDERS.flatMap((receiver) => {
    const got = closes.find(({ sender }) => sender !== receiver);
    const sender = PEERS[receiver];
    if (got === undefined && isSenderPresent(event, sender)) {
      if (tcpEnd?.kind === "open") return [];
      return [`${condition}the ${receiver}'s application saw 1006 (Abnormal Closure): it got no Close frame`];
    }
    if (got === undefined || got.code !== null || got.bodyLength > 0) return [];
    return [`the ${receiver}'s application saw 1005 (No Status Rcvd): the ${sender}'s Close has no status code`];
  });
}
