const COMMENT = /(?:^|\s)(?:#|\/\/).*/gm;
const HEX_ONLY = /^[0-9a-fA-FxXhH\s:,;_$-]*$/;

/** Whether a text is hex with comments, in which a string of any language is only a remark. */
export function isCommentedHex(text: string): boolean {
  const plain = text.replace(COMMENT, "");
  return plain.length < text.length && HEX_ONLY.test(plain) && /[0-9a-fA-F]/.test(plain);
}
