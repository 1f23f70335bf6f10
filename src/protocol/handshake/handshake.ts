import { createHash } from "node:crypto";
import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Span } from "../../bytes/span.js";
import { type DeflateAgreement, parseDeflateAgreement } from "../deflate/deflate-agreement.js";
import { type Extension, parseExtensions } from "./extensions.js";
import { dropTruncatedLines, findHeaders, type HeaderField, type HttpHead, parseListElements } from "./http-head.js";

/** An opening handshake, or the half in the input, and its settings (RFC 6455 §4). */
export interface HandshakeEvent extends NegotiatedHandshake {
  /** Interim responses before the final one, such as 103 Early Hints: the first ones, and how many more there were. */
  readonly interim: readonly HttpHead[];
  readonly moreInterim: number;
  /** Whether the request was already reported, because frames came before the response. */
  readonly isRequestReported: boolean;
  /** Time and place in a capture where the request was complete; `null` if unknown. */
  readonly requestedAt: PacketTimestamp | null;
  /** Time and place in a capture where the last head was complete; `null` if unknown. */
  readonly at: PacketTimestamp | null;
}

/** The result of a request and a response. */
interface NegotiatedHandshake {
  /** The number of the connection in the input, from 0. */
  readonly stream: number;
  readonly request: HttpHead | null;
  readonly response: HttpHead | null;
  /** The request's Sec-WebSocket-Key. */
  readonly key: string | null;
  /** The response's Sec-WebSocket-Accept. */
  readonly accept: string | null;
  /** The correct Sec-WebSocket-Accept for the key; `null` without a key. */
  readonly expectedAccept: string | null;
  /** The subprotocol that the server chose. */
  readonly subprotocol: string | null;
  /** The extensions that the server agreed to; for a truncated response, those in complete lines. */
  readonly extensions: readonly Extension[];
  /** The client's frames between the request and the response. */
  readonly earlyFrames: Span | null;
}

const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The Sec-WebSocket-Accept value for a Sec-WebSocket-Key (RFC 6455 §4.2.2). */
export function computeAccept(key: string): string {
  return createHash("sha1")
    .update(key.trim() + ACCEPT_GUID)
    .digest("base64");
}

/** Whether a key is 16 bytes in base64 (RFC 6455 §4.1). */
export function isHandshakeKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(key);
}

/** Whether a response's status switches the connection to WebSocket. */
export function switchesProtocols({ status, isTruncatedByGap }: HttpHead): boolean {
  return status === 101 || (status === null && !isTruncatedByGap);
}

/** Whether a response is an interim one, before the final response (RFC 9110 §15.2). */
export function isInterim({ status }: HttpHead): boolean {
  return status !== null && status >= 100 && status < 200 && status !== 101;
}

/** Whether frames may follow a response: it switches protocols, or may do so, or tries to with a wrong status. */
export function opensConnection(response: HttpHead): boolean {
  const { status } = response;
  return status === null || status === 101 || findHeaders(response, "Sec-WebSocket-Accept").length > 0;
}

/** Combines a request and a response, one of which may be missing. */
export function buildHandshake(
  stream: number,
  request: HttpHead | null,
  response: HttpHead | null,
  early: Span | null,
): NegotiatedHandshake {
  const [asked, answer] = [request && dropTruncatedLines(request), response && dropTruncatedLines(response)];
  const first = (head: HttpHead | null, name: string): HeaderField | undefined => findHeaders(head, name)[0];
  const key = first(asked, "Sec-WebSocket-Key")?.value ?? null;
  const agreed = answer !== null && switchesProtocols(answer) ? answer : null;
  return {
    stream,
    request,
    response,
    key,
    accept: first(answer, "Sec-WebSocket-Accept")?.value ?? null,
    expectedAccept: key === null ? null : computeAccept(key),
    subprotocol: parseListElements(findHeaders(agreed, "Sec-WebSocket-Protocol"))[0] ?? null,
    extensions: parseExtensionHeaders(agreed),
    earlyFrames: early,
  };
}

/** The extensions in a head, without unreadable headers. */
export function parseExtensionHeaders(head: HttpHead | null): Extension[] {
  return findHeaders(head, "Sec-WebSocket-Extensions").flatMap(({ value }) => {
    const list = parseExtensions(value);
    return "extensions" in list ? list.extensions : [];
  });
}

/** The compression settings in a list of agreed extensions; `null` without compression. */
export function findDeflateAgreement(extensions: readonly Extension[]): DeflateAgreement | null {
  return extensions.map(parseDeflateAgreement).find((agreement) => agreement !== null) ?? null;
}

/** The span for reporting a missing header: the start line, or its expected place. */
export function missingHeaderSpan({ startLine, offset, length }: HttpHead): Span {
  return startLine.length > 0 ? startLine : { offset, length };
}
