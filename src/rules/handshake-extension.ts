import { excerpt, quote } from "../bytes/safe-text.js";
import { findDeflateParamFault, PERMESSAGE_DEFLATE, parseWindowBits } from "../protocol/deflate/deflate-agreement.js";
import { type Extension, parseExtensions } from "../protocol/handshake/extensions.js";
import { parseExtensionHeaders, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, type HeaderField, type HttpHead } from "../protocol/handshake/http-head.js";
import type { HandshakeRule, RuleFinding } from "./rule.js";

interface ExtensionProblem {
  readonly [key: string]: string;
  readonly problem: string;
}

export const handshakeExtension: HandshakeRule<ExtensionProblem> = {
  id: "handshake-extension",
  severity: "error",
  reference: "RFC 6455 §9.1, RFC 7692 §7.1",
  failCode: null,
  requirement:
    "A server agrees to extensions that the client offered only, with parameters that the extension allows and the offer permits.",
  why: "An extension changes what the bytes of frames mean. It works only if both sides agree on it and on its parameters; a server may choose from the offer and never add to it.",
  cause:
    "a server that writes a fixed Sec-WebSocket-Extensions into every response, or copies the client's offer as it is",
  fix: "answer with one of the client's offers, or leave the header out",
  formatMessage: ({ problem }) => problem,
  checkHandshake({ request, response }) {
    const answer = response !== null && switchesProtocols(response) ? response : null;
    return [
      ...[request, answer].flatMap((head) => (head === null ? [] : findHeadFaults(head))),
      ...(request === null || answer === null ? [] : findAnswerFaults(request, answer)),
    ];
  },
};

function extensionHeaders(head: HttpHead): HeaderField[] {
  return findHeaders(head, "Sec-WebSocket-Extensions");
}

/** What is wrong with a head's extensions whatever the other head says. */
function findHeadFaults(head: HttpHead): RuleFinding<ExtensionProblem>[] {
  const found: RuleFinding<ExtensionProblem>[] = [];
  for (const { value, valueSpan, lineSpan } of extensionHeaders(head)) {
    const list = parseExtensions(value);
    if ("extensions" in list && list.extensions.length === 0) {
      found.push({
        ...lineSpan,
        detail: { problem: `Sec-WebSocket-Extensions of the ${head.kind} names no extension` },
      });
    }
    if ("wrongAt" in list) {
      const rest = quote(value.slice(list.wrongAt, list.wrongAt + 20));
      const problem = `Sec-WebSocket-Extensions of the ${head.kind} is no list of extensions, from ${list.wrongAt === value.length ? "its end" : rest} on`;
      found.push({ ...valueSpan, detail: { problem } });
      continue;
    }
    for (const problem of list.extensions.flatMap((extension) => findParamFaults(extension, head.kind))) {
      found.push({ ...valueSpan, detail: { problem } });
    }
  }
  return found;
}

function findParamFaults({ name, params }: Extension, side: HttpHead["kind"]): string[] {
  if (name !== PERMESSAGE_DEFLATE) return [];
  const seen = new Set<string>();
  return params.flatMap((param) => {
    if (seen.size === seen.add(param.name).size) return [`${excerpt(param.name)} stands twice in the ${side}`];
    const fault = findDeflateParamFault(param, side === "response");
    return fault === null
      ? []
      : [`${excerpt(param.value === null ? param.name : `${param.name}=${param.value}`)} in the ${side} ${fault}`];
  });
}

/** What is wrong with what the server agreed to, after what the client offered. */
function findAnswerFaults(request: HttpHead, response: HttpHead): RuleFinding<ExtensionProblem>[] {
  // An offer that cannot be read is a fault of its own; nothing is said to be missing in it.
  if (extensionHeaders(request).some(({ value }) => "wrongAt" in parseExtensions(value))) return [];
  const offers = groupOffers(request);
  const found: RuleFinding<ExtensionProblem>[] = [];
  const agreed = new Set<string>();
  for (const { value, valueSpan } of extensionHeaders(response)) {
    const list = parseExtensions(value);
    for (const extension of "extensions" in list ? list.extensions : []) {
      const offered = offers.get(extension.name) ?? [];
      if (offered.length === 0)
        found.push({
          ...valueSpan,
          detail: { problem: `the server agrees to ${excerpt(extension.name)}, which the client did not offer` },
        });
      else if (agreed.has(extension.name))
        found.push({ ...valueSpan, detail: { problem: `the server agrees to ${excerpt(extension.name)} twice` } });
      else if (extension.name === PERMESSAGE_DEFLATE && findParamFaults(extension, "response").length === 0) {
        const problems = offered.map((offer) => findMismatch(offer, extension));
        const [problem] = problems;
        if (!problems.includes(null) && problem) found.push({ ...valueSpan, detail: { problem } });
      }
      agreed.add(extension.name);
    }
  }
  return found;
}

/** What a client offers, by the extension's name: it may offer one several times, with other parameters. */
function groupOffers(request: HttpHead): Map<string, Extension[]> {
  const offers = new Map<string, Extension[]>();
  for (const offer of parseExtensionHeaders(request)) {
    const same = offers.get(offer.name);
    if (same === undefined) offers.set(offer.name, [offer]);
    else same.push(offer);
  }
  return offers;
}

/** Why an agreement is none that an offer permits (RFC 7692 §7.1.1, §7.1.2); `null` when it is. */
function findMismatch(offer: Extension, agreed: Extension): string | null {
  const param = (extension: Extension, name: string) => extension.params.find((one) => one.name === name);
  const bits = (extension: Extension, name: string) => parseWindowBits(param(extension, name));
  if (param(offer, "server_no_context_takeover") && !param(agreed, "server_no_context_takeover")) {
    return "the client asks for server_no_context_takeover, and the server agrees without it";
  }
  if (param(agreed, "client_max_window_bits") && !param(offer, "client_max_window_bits")) {
    return "the server sets client_max_window_bits, which the client did not offer to follow";
  }
  for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
    const most = bits(offer, name);
    const set = bits(agreed, name);
    if (most === null) continue;
    if (set === null && name === "server_max_window_bits")
      return `the client asks for ${name}=${most}, and the server agrees without it`;
    if (set !== null && set > most)
      return `the server sets ${name}=${set}, more than the ${most} that the client offered`;
  }
  return null;
}
