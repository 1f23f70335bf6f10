import { excerpt, quote } from "../bytes/safe-text.js";
import { findDeflateParamFault, PERMESSAGE_DEFLATE, parseWindowBits } from "../protocol/deflate/deflate-agreement.js";
import { type Extension, parseExtensions } from "../protocol/handshake/extensions.js";
import { parseExtensionHeaders, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, type HeaderField, type HttpHead } from "../protocol/handshake/http-head.js";
import type { HandshakeFinding, HandshakeRule } from "./rule.js";

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
    "A server must accept only extensions that the client offered, with parameters that the extension defines and the offer permits.",
  why: "An extension changes the meaning of the bytes in frames. It works only if both sides agree on it and on its parameters; a server may choose from the offer but never add to it.",
  cause:
    "a server that sends a fixed Sec-WebSocket-Extensions in every response, or copies the client's offer unchanged",
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

/** The faults in a head's extensions that show without the other head. */
function findHeadFaults(head: HttpHead): HandshakeFinding<ExtensionProblem>[] {
  const found: HandshakeFinding<ExtensionProblem>[] = [];
  for (const { value, valueSpan, lineSpan } of extensionHeaders(head)) {
    const list = parseExtensions(value);
    if ("extensions" in list && list.extensions.length === 0) {
      found.push({
        ...lineSpan,
        head: head.kind,
        detail: { problem: `the Sec-WebSocket-Extensions header of the ${head.kind} lists no extension` },
      });
    }
    if ("wrongAt" in list) {
      const rest = quote(value.slice(list.wrongAt, list.wrongAt + 20));
      const problem = `the Sec-WebSocket-Extensions header of the ${head.kind} cannot be parsed ${list.wrongAt === value.length ? "at its end" : `from ${rest} on`}`;
      found.push({ ...valueSpan, head: head.kind, detail: { problem } });
      continue;
    }
    for (const problem of list.extensions.flatMap((extension) => findParamFaults(extension, head.kind))) {
      found.push({ ...valueSpan, head: head.kind, detail: { problem } });
    }
  }
  return found;
}

function findParamFaults({ name, params }: Extension, side: HttpHead["kind"]): string[] {
  if (name !== PERMESSAGE_DEFLATE) return [];
  const seen = new Set<string>();
  return params.flatMap((param) => {
    if (seen.size === seen.add(param.name).size) return [`${excerpt(param.name)} occurs twice in the ${side}`];
    const fault = findDeflateParamFault(param, side === "response");
    return fault === null
      ? []
      : [`${excerpt(param.value === null ? param.name : `${param.name}=${param.value}`)} in the ${side} ${fault}`];
  });
}

/** The faults in what the server accepted, compared with what the client offered. */
function findAnswerFaults(request: HttpHead, response: HttpHead): HandshakeFinding<ExtensionProblem>[] {
  // An offer that cannot be parsed has a finding of its own; it is unknown what it offers.
  if (extensionHeaders(request).some(({ value }) => "wrongAt" in parseExtensions(value))) return [];
  const offers = groupOffers(request);
  const found: HandshakeFinding<ExtensionProblem>[] = [];
  const agreed = new Set<string>();
  for (const { value, valueSpan } of extensionHeaders(response)) {
    const list = parseExtensions(value);
    for (const extension of "extensions" in list ? list.extensions : []) {
      const offered = offers.get(extension.name) ?? [];
      if (offered.length === 0)
        found.push({
          ...valueSpan,
          head: "response",
          detail: { problem: `the server accepted ${excerpt(extension.name)}, which the client did not offer` },
        });
      else if (agreed.has(extension.name))
        found.push({
          ...valueSpan,
          head: "response",
          detail: { problem: `the server accepted ${excerpt(extension.name)} twice` },
        });
      else if (extension.name === PERMESSAGE_DEFLATE && findParamFaults(extension, "response").length === 0) {
        const problems = offered.map((offer) => findMismatch(offer, extension));
        const [problem] = problems;
        if (!problems.includes(null) && problem) found.push({ ...valueSpan, head: "response", detail: { problem } });
      }
      agreed.add(extension.name);
    }
  }
  return found;
}

/** A client's offers by extension name: it may offer one extension several times, with different parameters. */
function groupOffers(request: HttpHead): Map<string, Extension[]> {
  const offers = new Map<string, Extension[]>();
  for (const offer of parseExtensionHeaders(request)) {
    const same = offers.get(offer.name);
    if (same === undefined) offers.set(offer.name, [offer]);
    else same.push(offer);
  }
  return offers;
}

/** How an accepted extension contradicts an offer (RFC 7692 §7.1.1, §7.1.2); `null` if the offer permits it. */
function findMismatch(offer: Extension, agreed: Extension): string | null {
  const param = (extension: Extension, name: string) => extension.params.find((one) => one.name === name);
  const bits = (extension: Extension, name: string) => parseWindowBits(param(extension, name));
  if (param(offer, "server_no_context_takeover") && !param(agreed, "server_no_context_takeover")) {
    return "the client asked for server_no_context_takeover, but the response lacks it";
  }
  if (param(agreed, "client_max_window_bits") && !param(offer, "client_max_window_bits")) {
    return "the server set client_max_window_bits, which the client did not offer";
  }
  for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
    const most = bits(offer, name);
    const set = bits(agreed, name);
    if (most === null) continue;
    if (set === null && name === "server_max_window_bits")
      return `the client asked for ${name}=${most}, but the response lacks it`;
    if (set !== null && set > most) return `the server set ${name}=${set}, but the client offered at most ${most}`;
  }
  return null;
}
