import { base64 } from "./base64.js";
import { hex } from "./hex.js";
import type { Notation } from "./notation.js";
import { python } from "./python.js";
import { raw } from "./raw.js";

/** Every notation, in the order in which they are tried: the more telling its signs, the earlier. */
export const NOTATIONS: readonly Notation[] = [raw, python, hex, base64];
