import { quote } from "../../bytes/safe-text.js";
import { isToken } from "../../protocol/handshake/http-syntax.js";
import { UsageError } from "../usage-error.js";

/** The values of `--subprotocol`. They must be tokens, because anything else could inject text into the HTTP head. */
export function checkSubprotocols(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !isToken(name));
  if (wrong === undefined) return names;
  throw new UsageError(`--subprotocol may contain letters, digits and !#$%&'*+-.^_\`|~, not ${quote(wrong)}`);
}
