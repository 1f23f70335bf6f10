/** The explanation of a close code. */
interface CloseCodeText {
  readonly about: string;
  /** What to check or do, as a phrase in the imperative. */
  readonly fix: string;
}

/** The explanations of the registered close codes and of the two open ranges (RFC 6455 §7.4). */
export const CLOSE_CODE_TEXTS: Readonly<Record<string, CloseCodeText>> = {
  "1000": {
    about:
      "The connection ended normally: it is no longer needed. Either side sends it, and the other answers with a Close of its own. It is not an error. A close() without arguments sends it, or an empty Close.",
    fix: "nothing, unless the other side ended earlier than expected: then find out why its program called close",
  },
  "1001": {
    about:
      "An endpoint goes away: a server shuts down, or a browser leaves or reloads the page. The side that goes away sends it. Proxies and hosting platforms send it when they stop an instance or close an idle connection.",
    fix: "reconnect after a random delay; on the server, check for a restart or an idle timeout",
  },
  "1002": {
    about:
      "The sender of this Close received a frame that violates the protocol. The side that receives the 1002 sent the bad frame. The reason often names the rule.",
    fix: "decode the frames before it that were sent by the side that received this Close: the error is in those bytes",
  },
  "1003": {
    about:
      "The sender of this Close cannot accept this type of data: a binary message when it takes only text, or the other way round. The frame itself was valid.",
    fix: "send the message with the opcode that the other side expects",
  },
  "1004": {
    about: "Reserved for a future meaning. No endpoint may send it, and libraries reject it as an invalid code.",
    fix: "send another code",
  },
  "1005": {
    about:
      "A Close frame arrived without a status code. The receiving library reports 1005 to its program instead of a code. It is never sent: a Close frame that says 1005 would contradict itself. The usual reason is a close() without arguments on the other side.",
    fix: "nothing is broken; have the other side send a code (1000) if you want to see one",
  },
  "1006": {
    about:
      "The connection ended without a Close frame: it was cut, reset or timed out, a process died, or a proxy closed it. The other side never sends 1006; the local library reports it to its program. The code does not say why the connection ended. A browser also reports 1006 for a failed handshake and for a frame that it rejected; its console then says why.",
    fix: "check the last frames, how TCP ended (FIN, RST, nothing), the other side's log, and the idle timeouts of proxies and load balancers; send pings more often than the shortest timeout",
  },
  "1007": {
    about:
      "A message held data that does not fit its type: text that is not UTF-8, or a compressed message that does not inflate. Some libraries send 1002 instead. The error is in the bytes of the side that received this Close.",
    fix: "encode the text as UTF-8, or send the bytes with opcode 2; with compression, check window bits and context takeover",
  },
  "1008": {
    about:
      "A message, or the client itself, violated a policy of the endpoint: no permission, a bad token, too many messages. It is the general refusal when no other code fits; the reason may say more.",
    fix: "read the reason and the server's log; check authentication, Origin and rate limits",
  },
  "1009": {
    about:
      "The message is larger than the sender of this Close accepts. Limits apply to the inflated size. Defaults vary widely: 32 KiB in coder/websocket, 1 MiB in python-websockets, 4 MiB in aiohttp, 100 MiB in ws.",
    fix: "raise the receiver's limit (maxPayload, max_size, max_msg_size, SetReadLimit) or send smaller messages; fragmenting does not help, because the limit is for the whole message",
  },
  "1010": {
    about:
      "A client ends the connection because the server did not agree to an extension that the client needs. The reason lists the missing extensions. A server does not send it, because it can refuse the handshake. Hardly any client uses it.",
    fix: "enable the extension on the server, or do without it in the client",
  },
  "1011": {
    about:
      "The endpoint hit an unexpected condition, usually an exception in the message handler. An erratum lets clients send it too. python-websockets sends it, from either side, when a keepalive ping is not answered in time.",
    fix: "read the log of the side that sent it; with `keepalive ping timeout`, check whether the other side's event loop was blocked or the network was down",
  },
  "1012": {
    about:
      "The service is restarting. A client may reconnect, after a random delay of 5 to 30 seconds, so that not all clients reconnect at once.",
    fix: "reconnect after a random delay",
  },
  "1013": {
    about: "The service is overloaded. A client should reconnect only to another address, or when a user asks for it.",
    fix: "wait longer after each attempt, or use another server",
  },
  "1014": {
    about:
      "A gateway or proxy got an invalid response from the server behind it, like 502 in HTTP. It was registered later than the others, and older libraries reject it as an invalid code.",
    fix: "check the server behind the gateway",
  },
  "1015": {
    about:
      "The TLS handshake failed: the certificate is untrusted, expired, or for another name. It is never sent: without TLS there is no connection to send a Close on. Most programs report 1006 instead, with the TLS library's own message.",
    fix: "check the certificate, its chain and its name, and that wss:// connects to a TLS port",
  },
  "3000": {
    about:
      "Unauthorized, registered with IANA: the endpoint must authenticate before it can continue. Like 401 in HTTP.",
    fix: "send valid credentials, and reconnect",
  },
  "3003": {
    about: "Forbidden, registered with IANA: the endpoint is known, but may not do what it asked. Like 403 in HTTP.",
    fix: "get the permission; reconnecting does not help",
  },
  "3008": {
    about:
      "Timeout, registered with IANA: the endpoint took too long to do what was expected, such as sending its first message. Like 408 in HTTP.",
    fix: "find out what the server waits for, and send it in time",
  },
  "3000-3999": {
    about:
      "For libraries, frameworks and applications, to be registered with IANA. The protocol does not define their meaning; few of them are registered. JavaScript in a browser may send them.",
    fix: "read the documentation of the library or service on the other side",
  },
  "4000-4999": {
    about:
      "For private use: the two applications agree on the meaning, and the codes are not registered. Services document their own codes (Discord, for example). JavaScript in a browser may send them.",
    fix: "read the documentation of the service that sent it",
  },
};
