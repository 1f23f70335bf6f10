import { type HandshakeEvent, missingHeaderSpan, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead, parseListElements } from "../protocol/handshake/http-head.js";
import type { HandshakeFinding } from "./rule.js";

/** A request or response that lacks a token in one of its headers. */
export interface MissingToken {
  readonly [key: string]: string | null;
  readonly side: HttpHead["kind"];
  /** The value of the header; `null` if the header is missing. */
  readonly value: string | null;
}

/** Looks for a token, ignoring case, in a header of both heads; only a response with status 101 needs it. */
export function findMissingTokens(
  { request, response }: HandshakeEvent,
  name: string,
  token: string,
): HandshakeFinding<MissingToken>[] {
  const answer = response !== null && switchesProtocols(response) ? response : null;
  return [request, answer].flatMap((head) => {
    const headers = findHeaders(head, name);
    if (head === null || parseListElements(headers).some((element) => element.toLowerCase() === token)) return [];
    const [first] = headers;
    const span = first === undefined ? missingHeaderSpan(head) : first.lineSpan;
    return [
      {
        offset: span.offset,
        length: span.length,
        head: head.kind,
        detail: { side: head.kind, value: first?.value ?? null },
      },
    ];
  });
}
