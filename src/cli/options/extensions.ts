import { quote } from "../../bytes/safe-text.js";
import {
  findDeflateParamFault,
  PERMESSAGE_DEFLATE,
  parseDeflateAgreement,
} from "../../protocol/deflate/deflate-agreement.js";
import { type Extension, parseExtensions } from "../../protocol/handshake/extensions.js";
import { UsageError } from "../usage-error.js";

/** The options for the agreed extensions, as given. */
export interface ExtensionOptions {
  readonly extensions?: string;
  readonly deflate?: boolean;
}

/** The agreed extensions according to the options; `null` if the options do not set them. */
export function parseExtensionOptions({ extensions, deflate }: ExtensionOptions): readonly Extension[] | null {
  if (extensions === undefined) return deflate ? [{ name: PERMESSAGE_DEFLATE, params: [] }] : null;
  if (deflate) throw new UsageError("--deflate is short for --extensions permessage-deflate: give only one of them");
  const list = parseExtensions(extensions.replace(/^\s*Sec-WebSocket-Extensions\s*:/i, "").trim());
  const option = `--extensions ${quote(extensions)}`;
  if ("wrongAt" in list) {
    throw new UsageError(
      `--extensions must look like "permessage-deflate; server_no_context_takeover", not ${quote(extensions)}`,
    );
  }
  for (const extension of list.extensions.filter((one) => parseDeflateAgreement(one) !== null)) {
    for (const param of extension.params) {
      const fault = findDeflateParamFault(param, true);
      if (fault !== null) throw new UsageError(`${option}: ${param.name} ${fault}`);
    }
  }
  return list.extensions;
}
