import type { Sender } from "../frame/frame.js";
import type { Extension, ExtensionParam } from "../handshake/extensions.js";

/** The name of the extension that compresses messages (RFC 7692 §7). */
export const PERMESSAGE_DEFLATE = "permessage-deflate";

/** How one sender compresses. */
export interface DeflateSide {
  /** Whether a message may copy from those before it (RFC 7692 §7.1.1). */
  readonly contextTakeover: boolean;
  /** How far a copy may reach back: 2 to the power of this, 8 to 15 (RFC 7692 §7.1.2). */
  readonly windowBits: number;
}

/** What was agreed for each sender. */
export type DeflateAgreement = Readonly<Record<Sender, DeflateSide>>;

const DEFAULT_DEFLATE_SIDE: DeflateSide = { contextTakeover: true, windowBits: 15 };

/** The defaults: context takeover, and the largest window. */
export const DEFAULT_DEFLATE_AGREEMENT: DeflateAgreement = {
  client: DEFAULT_DEFLATE_SIDE,
  server: DEFAULT_DEFLATE_SIDE,
};

/** The parameters of an agreed permessage-deflate; `null` for another extension. */
export function parseDeflateAgreement({ name, params }: Extension): DeflateAgreement | null {
  if (name !== PERMESSAGE_DEFLATE) return null;
  const side = (sender: Sender): DeflateSide => ({
    contextTakeover: !params.some((param) => param.name === `${sender}_no_context_takeover`),
    windowBits:
      parseWindowBits(params.find((param) => param.name === `${sender}_max_window_bits`)) ??
      DEFAULT_DEFLATE_SIDE.windowBits,
  });
  return { client: side("client"), server: side("server") };
}

/** The bits that a parameter asks for, 8 to 15; `null` where it has no value, or none that is allowed. */
export function parseWindowBits(param: ExtensionParam | undefined): number | null {
  return /^([89]|1[0-5])$/.test(param?.value ?? "") ? Number(param?.value) : null;
}

/** What is wrong with a parameter (RFC 7692 §7.1), as the end of a sentence; `null` for a valid one. */
export function findDeflateParamFault({ name, value }: ExtensionParam, inResponse: boolean): string | null {
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      return value === null ? null : "takes no value";
    case "server_max_window_bits":
      return parseWindowBits({ name, value }) === null ? "needs a value of 8 to 15, without leading zeros" : null;
    case "client_max_window_bits":
      if (value === null) return inResponse ? "needs a value of 8 to 15 in a response" : null;
      return parseWindowBits({ name, value }) === null ? "takes a value of 8 to 15, without leading zeros" : null;
    default:
      return "is not a parameter of permessage-deflate";
  }
}
