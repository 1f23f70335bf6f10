/** What is said of a close code beyond its name. */
interface CloseCodeText {
  readonly about: string;
  /** What to look at or do, as a phrase in the imperative. */
  readonly fix: string;
}

/** The registered close codes, and the two ranges (RFC 6455 §7.4). */
export const CLOSE_CODE_TEXTS: Readonly<Record<string, CloseCodeText>> = {
  "1000": {
    about:
      "The purpose of the connection is fulfilled. Either side sends it, and the other answers with a Close of its own. It is no error; a close() without arguments sends it, or an empty Close.",
    fix: "nothing, unless the other side ended earlier than expected: then look at why its program called close",
  },
  "1001": {
    about:
      "An endpoint goes away: a server shuts down, or a browser leaves or reloads the page. It is sent by the side that goes. Proxies and hosting platforms send it when they stop an instance or close an idle connection.",
    fix: "reconnect after a random delay; on the server, see whether it was restarted or an idle timeout was hit",
  },
  "1002": {
    about:
      "The sender of this Close found a frame that breaks the protocol. The side that sent the bad frame is the one that receives the 1002. The reason often says which rule.",
    fix: "decode the frames that were sent before it: the fault is in the bytes of the side that received this Close",
  },
  "1003": {
    about:
      "The sender of this Close cannot accept that kind of data: a binary message where it takes only text, or the other way round. The frame itself was in order.",
    fix: "send the message with the opcode that the other side expects",
  },
  "1004": {
    about:
      "Reserved: a meaning may be given to it later. No endpoint may send it, and libraries refuse it as an invalid code.",
    fix: "send another code",
  },
  "1005": {
    about:
      "A Close frame came, and it had no status code. The receiving library shows 1005 to its program in the code's place. It is never on the wire: there it would say that there is no code, in the place of the code. A close() without arguments on the other side is the usual reason.",
    fix: "nothing is broken; have the other side send a code (1000) if you want to see one",
  },
  "1006": {
    about:
      "The connection ended without a Close frame: it was cut, reset or timed out, a process died, or a proxy closed it. No peer sends 1006: it is never on the wire, the local library shows it to its program. The cause is not in the code. A browser shows 1006 for a failed handshake and for a frame that it refused, too; its console then says why.",
    fix: "look at the last frames and at how TCP ended (FIN, RST, nothing), at the other side's log, and at the idle timeouts of proxies and load balancers; send pings more often than the shortest of them",
  },
  "1007": {
    about:
      "A message held data that does not fit its type: text that is not UTF-8, or a compressed message that does not inflate. Some libraries send 1002 in its place. The fault is in the bytes of the side that received this Close.",
    fix: "encode the text as UTF-8, or send bytes with opcode 2; with compression, check window bits and context takeover",
  },
  "1008": {
    about:
      "A message or the client itself broke a rule of the endpoint's own: no permission, a bad token, too many messages. It is the general refusal where no other code fits; the reason may say more.",
    fix: "read the reason and the server's log; check authentication, Origin and rate limits",
  },
  "1009": {
    about:
      "The message is larger than the sender of this Close is willing to take. Limits are counted after inflating. Defaults differ much: 32 KiB in coder/websocket, 1 MiB in python-websockets, 4 MiB in aiohttp, 100 MiB in ws.",
    fix: "raise the receiver's limit (maxPayload, max_size, max_msg_size, SetReadLimit) or send smaller messages; fragments do not help, the message counts",
  },
  "1010": {
    about:
      "A client ends the connection because the server did not agree to an extension that the client needs. The reason lists them. A server does not send it: it can refuse the handshake. Hardly any client uses it.",
    fix: "enable the extension on the server, or do without it in the client",
  },
  "1011": {
    about:
      "The endpoint met a condition that it did not expect: mostly an exception in the message handler. An erratum lets clients send it too. python-websockets sends it, from either side, when a keepalive ping was not answered in time.",
    fix: "look at the log of the side that sent it; with `keepalive ping timeout`, see whether the other side's event loop was blocked or the network was gone",
  },
  "1012": {
    about:
      "The service restarts. A client may reconnect, after a random delay of 5 to 30 seconds, so that not all come at once.",
    fix: "reconnect after a random delay",
  },
  "1013": {
    about:
      "The service is overloaded. A client should reconnect only when it has another address to go to, or when a user asks for it.",
    fix: "wait longer with each attempt, or use another server",
  },
  "1014": {
    about:
      "A gateway or proxy got an invalid answer from the server behind it: what 502 is in HTTP. It was registered later than the others, and older libraries refuse it as an invalid code.",
    fix: "look at the server behind the gateway",
  },
  "1015": {
    about:
      "The TLS handshake failed: a certificate that is not trusted, has expired or is for another name. It is never on the wire: without TLS there is no connection to send a Close on. Most programs show 1006 in its place, and the TLS library's own words.",
    fix: "check the certificate, its chain and its name, and that wss:// goes to a TLS port",
  },
  "3000": {
    about:
      "Unauthorized, registered with IANA: the endpoint must authenticate before it may go on. What 401 is in HTTP.",
    fix: "send valid credentials, and reconnect",
  },
  "3003": {
    about: "Forbidden, registered with IANA: the endpoint is known, but may not do what it asked. What 403 is in HTTP.",
    fix: "ask for the permission; reconnecting does not help",
  },
  "3008": {
    about:
      "Timeout, registered with IANA: the endpoint took too long to do what was expected of it, such as sending its first message. What 408 is in HTTP.",
    fix: "see what the server waits for, and send it in time",
  },
  "3000-3999": {
    about:
      "For libraries, frameworks and applications, to be registered with IANA. The protocol gives them no meaning; few of them are registered. JavaScript in a browser may send them.",
    fix: "look into the documentation of the library or service on the other side",
  },
  "4000-4999": {
    about:
      "For private use: the two applications agree on the meaning, and nobody registers it. Services document their own (Discord, for one). JavaScript in a browser may send them.",
    fix: "look into the documentation of the service that sent it",
  },
};
