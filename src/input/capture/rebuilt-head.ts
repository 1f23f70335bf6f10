/** The head of a request or response, from an input that has its parts. */
export interface HeadParts {
  /** Its first line. */
  readonly first: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Whether a version has heads in lines: HTTP/2 and HTTP/3 have another handshake. */
export function isHttp1(httpVersion: string): boolean {
  return httpVersion === "" || /^http\/[01]\.\d$/i.test(httpVersion);
}

/** Builds the bytes of a head. Line ends in values are replaced, because each would start another header. */
export function buildHttpHead({ first, headers }: HeadParts): Uint8Array {
  const lines = [first, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.map((line) => line.replace(/[\r\n]+/g, " ")).join("\r\n")}\r\n\r\n`);
}
