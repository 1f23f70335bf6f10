import { type HandshakeEvent, missedIn, switchesProtocols } from "../protocol/handshake/handshake.js";
import { type HttpHead, headersNamed, listElements } from "../protocol/handshake/http-head.js";
import type { Violation } from "./rule.js";

/** A head that lacks a token in one of its headers. */
export interface MissingToken {
  readonly [key: string]: string | null;
  readonly side: HttpHead["kind"];
  /** What the header has in its place; `null` where the header is not there. */
  readonly value: string | null;
}

/** Looks for a token, in any case, in a header of both heads; a response that refuses needs none. */
export function missingTokens(
  { request, response }: HandshakeEvent,
  name: string,
  token: string,
): Violation<MissingToken>[] {
  const answer = response !== null && switchesProtocols(response) ? response : null;
  return [request, answer].flatMap((head) => {
    const headers = headersNamed(head, name);
    if (head === null || listElements(headers).some((element) => element.toLowerCase() === token)) return [];
    const [first] = headers;
    const span = first === undefined ? missedIn(head) : first.line;
    return [{ offset: span.offset, length: span.length, detail: { side: head.kind, value: first?.value ?? null } }];
  });
}
