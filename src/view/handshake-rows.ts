import { escapeText, excerpt, type SafeText, safely } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import { formatExtension } from "../protocol/handshake/extensions.js";
import { type HandshakeEvent, isHandshakeKey, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHandshakeHeader } from "../protocol/handshake/handshake-header.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { decodeSafeText } from "./describe.js";
import type { Role } from "./theme.js";

/** A row of a handshake, as the views show it. */
export interface HandshakeRow {
  /** The offset of its first byte in the byte stream; `null` for a row that is derived from others. */
  readonly offset: number | null;
  readonly name: SafeText;
  readonly value: string;
  readonly meaning: string;
  readonly role: Role;
}

/** The title of a handshake: method, target and status. */
export function formatHandshakeTitle({ request, response }: HandshakeEvent): string {
  const asked = request === null ? "no request" : excerpt(`${request.method ?? "?"} ${request.target ?? "?"}`);
  return `${asked} · ${response === null ? "no response" : formatStatus(response)}`;
}

function formatStatus({ status, reason }: HttpHead): string {
  return excerpt(`${status ?? "no status"}${reason ? ` ${reason}` : ""}`);
}

/** The start lines and the headers that matter, explained, and the agreed extensions and subprotocol. */
export function buildHandshakeRows(event: HandshakeEvent): HandshakeRow[] {
  const { request, response } = event;
  const before = event.interim.map((head) => ({ ...buildStartRow(head), meaning: "interim response" }));
  return [
    ...buildHeadRows(request, event),
    ...before,
    ...buildInterimRow(event),
    ...buildHeadRows(response, event),
    ...buildAgreedRows(event),
  ];
}

function buildInterimRow({ moreInterim }: HandshakeEvent): HandshakeRow[] {
  if (moreInterim === 0) return [];
  const value = `… ${formatCount(moreInterim, "interim response")} more`;
  return [{ offset: null, name: safely`response`, value, meaning: "", role: "quiet" }];
}

function buildHeadRows(head: HttpHead | null, event: HandshakeEvent): HandshakeRow[] {
  if (head === null) return [];
  const others: string[] = [];
  const rows = head.headers.flatMap(({ name, value, lineSpan }): HandshakeRow[] => {
    const known = findHandshakeHeader(name);
    if (known === undefined && !/^(sec-)?websocket-/i.test(name)) {
      others.push(escapeText(name));
      return [];
    }
    const meaning = explainHeader(name, value, head, event);
    return [{ offset: lineSpan.offset, name: escapeText(name), value: escapeText(value), meaning, role: "payload" }];
  });
  const rest: HandshakeRow = {
    offset: null,
    name: safely`other headers`,
    value: others.join(", "),
    meaning: "",
    role: "quiet",
  };
  const cut: HandshakeRow = {
    offset: null,
    name: safely`truncated`,
    value: "bytes are missing",
    meaning: "the rest of the head is unknown",
    role: "warning",
  };
  return [
    buildStartRow(head),
    ...rows,
    ...(others.length === 0 ? [] : [rest]),
    ...(head.isTruncatedByGap ? [cut] : []),
  ];
}

function buildStartRow(head: HttpHead): HandshakeRow {
  const { kind, startLine, bytes, offset } = head;
  const line = bytes.subarray(startLine.offset - offset, startLine.offset - offset + startLine.length);
  const value = startLine.length === 0 ? "no start line" : decodeSafeText(line);
  const opens = switchesProtocols(head) ? "the server opens the connection" : "the server does not open the connection";
  const answers = head.status === null ? "from the server" : opens;
  const meaning = kind === "request" ? "from the client" : answers;
  return {
    offset: startLine.offset,
    name: kind === "request" ? safely`request` : safely`response`,
    value,
    meaning,
    role: "opcode",
  };
}

function explainHeader(name: string, value: string, head: HttpHead, { expectedAccept }: HandshakeEvent): string {
  const known = findHandshakeHeader(name);
  if (known?.name === "Sec-WebSocket-Key" && head.kind === "request") {
    const bytes = isHandshakeKey(value) ? "16 bytes in base64" : "not 16 bytes in base64";
    return `${bytes}; expected Accept: ${expectedAccept ?? ""}`;
  }
  if (known?.name === "Sec-WebSocket-Accept" && head.kind === "response") {
    if (expectedAccept === null) return "cannot be checked: the key is not in the input";
    return value === expectedAccept ? "matches the key ✓" : `does not match the key; expected ${expectedAccept}`;
  }
  const wrong = findWrongValue(known?.name ?? "", value, head.kind);
  return (
    wrong ?? (head.kind === "request" ? known?.inRequest : known?.inResponse) ?? `does not belong in a ${head.kind}`
  );
}

/** What is wrong with the value of a header; `null` for a valid one. */
function findWrongValue(name: string, value: string, side: HttpHead["kind"]): string | null {
  const tokens = value.split(",").map((token) => token.trim().toLowerCase());
  if (name === "Upgrade") return tokens.includes("websocket") ? null : "not websocket";
  if (name === "Connection") return tokens.includes("upgrade") ? null : "lacks the token Upgrade";
  return name === "Sec-WebSocket-Version" && side === "request" && value !== "13"
    ? "not 13, the version of RFC 6455"
    : null;
}

function buildAgreedRows({ response, subprotocol, extensions }: HandshakeEvent): HandshakeRow[] {
  if (response === null || response.isTruncatedByGap || !switchesProtocols(response)) return [];
  const agreed = extensions.map((extension) => escapeText(formatExtension(extension))).join(", ");
  const none = response.isTruncated ? "unknown: the response is truncated" : "none";
  const row = (name: SafeText, value: string): HandshakeRow => ({
    offset: null,
    name,
    value,
    meaning: "",
    role: "strong",
  });
  return [
    row(safely`agreed extensions`, agreed || none),
    row(safely`agreed subprotocol`, subprotocol === null ? none : escapeText(subprotocol)),
  ];
}
