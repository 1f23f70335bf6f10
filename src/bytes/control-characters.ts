const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, DELETE] = [0x09, 0x0a, 0x0d, 0x20, 0x7f];

/** Whether bytes, as ASCII, have control characters other than tabs and line ends. */
export function hasControlCharacters(bytes: Uint8Array): boolean {
  return bytes.some(
    (byte) => (byte < SPACE && byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) || byte === DELETE,
  );
}
