/** A request's or a response's head, as an input that has taken it apart tells of it. */
export interface HeadParts {
  /** Its first line. */
  readonly first: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Whether a version is one of those that have heads as lines: in HTTP/2 and 3 the handshake is another. */
export function isHttp1(httpVersion: string): boolean {
  return httpVersion === "" || /^http\/[01]\.\d$/i.test(httpVersion);
}

/** Puts a head together as HTTP has it. A line end within a value would make another header of it. */
export function buildHttpHead({ first, headers }: HeadParts): Uint8Array {
  const lines = [first, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.map((line) => line.replace(/[\r\n]+/g, " ")).join("\r\n")}\r\n\r\n`);
}
