import { base64 } from "./base64.js";
import { bits } from "./bits.js";
import { dump } from "./dump.js";
import { hex } from "./hex.js";
import { list } from "./list.js";
import type { Notation } from "./notation.js";
import { python } from "./python.js";
import { raw } from "./raw.js";
import { string } from "./string.js";

/** Every notation, in the order in which they are tried: those with the clearest signs first. */
export const NOTATIONS: readonly Notation[] = [dump, python, string, list, raw, bits, hex, base64];
