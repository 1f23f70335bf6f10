/** A status code of a Close frame (RFC 6455 §7.4). */
export interface CloseCodeInfo {
  /** `"Normal Closure"`; for a code of a range that has no names, what the range is for. */
  readonly name: string;
  /** What it means, as a phrase. */
  readonly meaning: string;
  /** Whether a Close frame may contain it. */
  readonly isSendable: boolean;
}

function buildSendable(name: string, meaning: string): CloseCodeInfo {
  return { name, meaning, isSendable: true };
}

function buildUnsendable(name: string, meaning: string): CloseCodeInfo {
  return { name, meaning, isSendable: false };
}

/** The IANA WebSocket Close Code Number Registry. */
const REGISTERED_CLOSE_CODES: ReadonlyMap<number, CloseCodeInfo> = new Map([
  [1000, buildSendable("Normal Closure", "the connection is no longer needed")],
  [1001, buildSendable("Going Away", "a server goes down, or a browser leaves the page")],
  [1002, buildSendable("Protocol error", "the other endpoint broke the protocol")],
  [1003, buildSendable("Unsupported Data", "this endpoint cannot accept this type of data")],
  [1004, buildUnsendable("Reserved", "reserved; a meaning may be defined later")],
  [1005, buildUnsendable("No Status Rcvd", "a library reports it when a Close has no status code")],
  [1006, buildUnsendable("Abnormal Closure", "a library reports it when a connection ends without a Close")],
  [
    1007,
    buildSendable(
      "Invalid frame payload data",
      "a message held data that is not of its type, such as text that is not UTF-8",
    ),
  ],
  [1008, buildSendable("Policy Violation", "a message broke a rule of this endpoint")],
  [1009, buildSendable("Message Too Big", "a message is larger than this endpoint processes")],
  [1010, buildSendable("Mandatory Ext.", "a client needs an extension that the server did not agree to")],
  [1011, buildSendable("Internal Error", "the server failed unexpectedly")],
  [1012, buildSendable("Service Restart", "the service restarts; reconnect after a random delay")],
  [1013, buildSendable("Try Again Later", "the service is overloaded; reconnect later, elsewhere")],
  [1014, buildSendable("Bad Gateway", "a gateway got an invalid response from its upstream server")],
  [1015, buildUnsendable("TLS handshake", "a library reports it when the TLS handshake fails")],
  [3000, buildSendable("Unauthorized", "authentication is missing or failed")],
  [3003, buildSendable("Forbidden", "the endpoint lacks the permission")],
  [3008, buildSendable("Timeout", "the endpoint took too long")],
]);

/** The status code at the start of a Close frame's body; `null` where that is shorter. */
export function parseCloseCode(body: Uint8Array): number | null {
  return body.length < 2 ? null : ((body[0] as number) << 8) | (body[1] as number);
}

/** What is known of a status code, 0–65535. */
export function closeCodeInfo(code: number): CloseCodeInfo {
  const registered = REGISTERED_CLOSE_CODES.get(code);
  if (registered !== undefined) return registered;
  if (code < 1000) return buildUnsendable("Unused", "codes below 1000 are not used");
  if (code < 3000)
    return buildUnsendable("Unassigned", "reserved for the protocol, its revisions and extensions; not registered");
  if (code < 4000)
    return buildSendable(
      "Library or framework code",
      "for libraries, frameworks and applications, registered with IANA",
    );
  if (code < 5000)
    return buildSendable("Application code", "for private use, by agreement between the two applications");
  return buildUnsendable("Out of range", "codes from 5000 on are not defined");
}
