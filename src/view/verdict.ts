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

/** Whether there is enough for a verdict: more than one frame, a frame or a 101 and the end of TCP, or a Close without frames. */
export function hasVerdict({ totals, closes, opened, tcpEnd }: ConnectionEndEvent): boolean {
  const frames = SENDERS.reduce((sum, sender) => sum + (totals[sender]?.frames ?? 0), 0);
  const isOver = tcpEnd !== null && tcpEnd.kind !== "open";
  // In an input without frames, only a Close is worth a verdict; everything else is unknown.
  if (frames === 0 && closes.length > 0) return true;
  return frames > 1 || (isOver && (opened || frames > 0));
}

/** Whether the input has everything a sender sent: some of its frames and none lost, or the 101 and the end of TCP without frames. */
function isSenderPresent({ totals, opened, tcpEnd, framesLost }: ConnectionEndEvent, sender: Sender): boolean {
  if (framesLost[sender]) return false;
  return (totals[sender]?.frames ?? 0) > 0 || (opened && tcpEnd !== null);
}

/** The verdict on a connection, in sentences: its messages and pings, how it was closed, and which codes the applications saw. */
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
      : `${formatNumber(compressed)} compressed${sum((total) => total.compressedBytes) === 0 ? "" : ` (${sizes})`}`,
    ...SENDERS.map((sender) => formatPings(event, sender)),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function formatPings(event: ConnectionEndEvent, sender: Sender): string {
  const { totals } = event;
  const { pings: sent = 0, unansweredPings = 0, roundTrip = null } = totals[sender] ?? {};
  if (sent === 0) return "";
  const name = `${formatCount(sent, "ping")} from the ${sender}`;
  if (event.framesLost[PEERS[sender]]) return `${name}, answers unknown: bytes from the ${PEERS[sender]} are missing`;
  if (!isSenderPresent(event, PEERS[sender])) return `${name}, any answers are not in the input`;
  if ((totals[PEERS[sender]]?.frames ?? 0) === 0 || unansweredPings === sent) return `${name}, unanswered`;
  const answered = unansweredPings === 0 ? "answered" : `${formatNumber(sent - unansweredPings)} answered`;
  return `${name}, ${answered}${roundTrip === null ? "" : ` in ${formatRoundTrip(roundTrip)}`}`;
}

function formatRoundTrip({ min, max }: RoundTrip): string {
  const texts = new Set([formatDuration(min), formatDuration(max)]);
  return [...texts].join(" to ");
}

/** Who closed the connection, with which code, and whether the closing handshake was complete (RFC 6455 §7.1.2). */
function formatClosing(event: ConnectionEndEvent): string {
  const { closes, tcpEnd } = event;
  const [first, second] = closes;
  if (first === undefined) {
    const both = SENDERS.every((sender) => isSenderPresent(event, sender));
    const lost = SENDERS.some((sender) => event.framesLost[sender]);
    if (lost)
      return `no Close frame in the input, but bytes are missing${tcpEnd === null ? "" : `; ${formatTcpEnd(tcpEnd)}`}`;
    if (tcpEnd !== null)
      return `no Close frame: ${formatTcpEnd(tcpEnd)}${both && tcpEnd.kind !== "open" ? `; both applications saw ${ABNORMAL_CLOSURE}` : ""}`;
    return `no Close frame in the input${both ? `: if the connection ended here, both applications would have seen ${ABNORMAL_CLOSURE}` : ""}`;
  }
  const other = PEERS[first.sender];
  if (second !== undefined) {
    const wrong = closes.find((close) => !isLegalClose(close));
    const complete = closes.every(isNormalClose) ? "clean close" : "the closing handshake is complete";
    const end = wrong === undefined ? complete : `the ${wrong.sender}'s Close is invalid and fails the connection`;
    return `the ${first.sender} closed the connection ${formatCloseFrame(first)}; the ${other} answered ${formatAnswer(second, first)}: ${end}`;
  }
  // Whoever saw the end of the connection knows that nothing followed.
  const isEndSeen = tcpEnd !== null && tcpEnd.kind !== "open";
  const none = `no Close from the ${other} in the input`;
  const incomplete = `${isEndSeen ? `no Close from the ${other}` : none}: the closing handshake is incomplete${tcpEnd === null ? "" : `; ${formatTcpEnd(tcpEnd)}`}`;
  // An input with messages instead of frames need not contain every Close.
  const unknown = (event.totals[other]?.messages ?? 0) > 0 ? none : `the ${other}'s frames are not in the input`;
  const lost = `${none}: bytes from the ${other} are missing`;
  const missing = isSenderPresent(event, other) ? incomplete : event.framesLost[other] ? lost : unknown;
  return `the ${first.sender} closed the connection ${formatCloseFrame(first)}; ${missing}`;
}

const ABNORMAL_CLOSURE = "1006 Abnormal Closure";

function formatTcpEnd(ended: TcpEnd): string {
  if (ended.kind === "open") return "the connection was still open when the capture ended";
  return `the ${ended.by} ${ended.kind === "reset" ? "reset" : "closed"} the TCP connection`;
}

function isLegalClose({ code, bodyLength }: CloseFrame): boolean {
  return code === null ? bodyLength === 0 : closeCodeInfo(code).isSendable;
}

/** Whether a Close does not report an error: no code, 1000, 1001, or a code whose meaning is up to the application. */
function isNormalClose({ code }: CloseFrame): boolean {
  return code === null || code <= 1001 || code >= 3000;
}

/** The answer to a Close: only the number of a status code that the Close has too, because its name was just shown. */
function formatAnswer(answer: CloseFrame, { code }: CloseFrame): string {
  if (answer.code === null || answer.code !== code) return formatCloseFrame(answer);
  return `with ${code}${answer.reason.length === 0 ? "" : ` ${quoteReason(answer.reason)}`}`;
}

function formatCloseFrame({ code, reason, bodyLength }: CloseFrame): string {
  if (code === null)
    return bodyLength === 1 ? "with a 1-byte body, which is not a status code" : "without a status code";
  return `with ${formatCloseCode(code)}${reason.length === 0 ? "" : ` ${quoteReason(reason)}`}`;
}

/** A line for each application that saw a code that is in no frame (RFC 6455 §7.1.5), with the reason. */
function formatSeenCodes(event: ConnectionEndEvent): string[] {
  const { closes, tcpEnd } = event;
  if (closes.length === 0) return [];
  const [condition, saw] = tcpEnd === null ? ["if the connection ended here, ", "would have seen"] : ["", "saw"];
  return SENDERS.flatMap((receiver) => {
    const got = closes.find(({ sender }) => sender !== receiver);
    const sender = PEERS[receiver];
    if (got === undefined && isSenderPresent(event, sender)) {
      if (tcpEnd?.kind === "open") return [];
      return [`${condition}the ${receiver}'s application ${saw} ${ABNORMAL_CLOSURE}: it got no Close frame`];
    }
    if (got === undefined || got.code !== null || got.bodyLength > 0) return [];
    return [`the ${receiver}'s application saw 1005 No Status Rcvd: the ${sender}'s Close has no status code`];
  });
}
