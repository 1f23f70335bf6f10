import type { ErrorMessagesByTopic } from "../topic.js";

/** How other programs report a close code, by code and program. */
export const CLOSE_CODE_ERROR_MESSAGES: ErrorMessagesByTopic = {
  "1000": {
    "python-websockets": ["received 1000 (OK); then sent 1000 (OK)", "sent 1000 (OK); then received 1000 (OK)"],
    "gorilla/websocket": ["websocket: close 1000 (normal)"],
    "coder/websocket": ['received close frame: status = StatusNormalClosure and reason = ""'],
    "websocket-client": ["Connection closed normally (code 1000)"],
    tungstenite: ["Connection closed normally"],
    "Boost.Beast": ["The WebSocket stream was gracefully closed at both endpoints"],
    "websocket (npm)": ["Normal connection closure"],
  },
  "1001": {
    "python-websockets": [
      "received 1001 (going away); then sent 1001 (going away)",
      "sent 1001 (going away); then received 1001 (going away)",
    ],
    "gorilla/websocket": ["websocket: close 1001 (going away)"],
    "coder/websocket": ['received close frame: status = StatusGoingAway and reason = ""'],
    "websocket (npm)": ["Remote peer is going away"],
  },
  "1002": {
    "python-websockets": [
      "sent 1002 (protocol error) reserved bits must be 0; no close frame received",
      "received 1002 (protocol error); then sent 1002 (protocol error)",
    ],
    "gorilla/websocket": ["websocket: close 1002 (protocol error)"],
    "coder/websocket": ['received close frame: status = StatusProtocolError and reason = ""'],
    Chromium: ["Invalid frame header", "WebSocket Protocol Error"],
    tungstenite: ["WebSocket protocol error: Reserved bits are non-zero"],
    "websocket (npm)": ["Protocol error"],
  },
  "1003": {
    "python-websockets": [
      "received 1003 (unsupported data); then sent 1003 (unsupported data)",
      "received 1003 (unsupported type); then sent 1003 (unsupported type)",
    ],
    "gorilla/websocket": ["websocket: close 1003 (unsupported data)"],
    "coder/websocket": ['received close frame: status = StatusUnsupportedData and reason = ""'],
    "websocket (npm)": ["Unprocessable input"],
  },
  "1004": {
    ws: ["Invalid WebSocket frame: invalid status code 1004"],
    "gobwas/ws": ["status code has no meaning yet"],
  },
  "1005": {
    "python-websockets": [
      "received 1005 (no status received [internal]); then sent 1005 (no status received [internal])",
      "received 1005 (no status code [internal]); then sent 1005 (no status code [internal])",
    ],
    "gorilla/websocket": ["websocket: close 1005 (no status)"],
    "coder/websocket": ['received close frame: status = StatusNoStatusRcvd and reason = ""'],
    "websocket-client": ["Connection closed"],
    "websocket (npm)": ["Reason not provided"],
  },
  "1006": {
    Node: ["read ECONNRESET", "socket hang up"],
    "python-websockets": [
      "no close frame received or sent",
      "unexpected end of stream",
      "sent 1011 (internal error) keepalive ping timeout; no close frame received",
      "sent 1000 (OK); no close frame received",
      "received 1000 (OK); no close frame sent",
      "1006 (abnormal closure [internal])",
      "1006 (connection closed abnormally [internal])",
    ],
    "Python asyncio": ["0 bytes read on a total of 2 expected bytes"],
    "websocket-client": ["Connection to remote host was lost.", "socket is already closed."],
    aiohttp: ["Cannot write to closing transport"],
    ws: ["WebSocket was closed before the connection was established"],
    Chromium: [
      "WebSocket connection to 'ws://localhost:8080/' failed: Connection closed before receiving a handshake response",
      "WebSocket is closed before the connection is established.",
      "WebSocket opening handshake timed out",
      "Error in connection establishment: net::ERR_CONNECTION_TIMED_OUT",
      "Error in connection establishment: net::ERR_CONNECTION_RESET",
    ],
    Firefox: [
      "The connection to ws://localhost:8080/ was interrupted while the page was loading.",
      "Firefox can't establish a connection to the server at ws://localhost:8080/.",
    ],
    "gorilla/websocket": [
      "websocket: close 1006 (abnormal closure): unexpected EOF",
      "repeated read on failed websocket connection",
    ],
    "coder/websocket": ["failed to read frame payload: unexpected EOF"],
    tungstenite: ["WebSocket protocol error: Connection reset without closing handshake"],
    ".NET": ["The remote party closed the WebSocket connection without completing the close handshake."],
    Tomcat: ["An unrecoverable IOException occurred so the connection was closed"],
    "websocket (npm)": [
      "Abnormal closure, no further detail available",
      "Connection dropped by remote peer.",
      "TCP connection lost before handshake completed.",
    ],
    nginx: [
      "upstream timed out (110: Connection timed out) while proxying upgraded connection",
      "recv() failed (104: Connection reset by peer) while proxying upgraded connection",
      "client closed connection while proxying upgraded connection",
    ],
  },
  "1007": {
    "python-websockets": [
      "sent 1007 (invalid frame payload data) invalid start byte at position 0; no close frame received",
      "received 1007 (invalid frame payload data); then sent 1007 (invalid frame payload data)",
      "sent 1007 (invalid data) invalid start byte at position 0; no close frame received",
      "sent 1007 (invalid data); no close frame received",
    ],
    "gorilla/websocket": ["websocket: close 1007 (invalid payload data)"],
    "coder/websocket": ['received close frame: status = StatusInvalidFramePayloadData and reason = ""'],
    "websocket (npm)": ["Invalid data received"],
  },
  "1008": {
    "python-websockets": ["received 1008 (policy violation); then sent 1008 (policy violation)"],
    "gorilla/websocket": ["websocket: close 1008 (policy violation)"],
    "coder/websocket": [
      'received close frame: status = StatusPolicyViolation and reason = ""',
      "unexpected data message",
    ],
    "websocket (npm)": ["Policy violation"],
    ws: ["Too many buffered chunks", "Too many message fragments", "WS_ERR_TOO_MANY_BUFFERED_PARTS"],
    undici: ["Too many message fragments"],
  },
  "1009": {
    ws: [
      "Max payload size exceeded",
      "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
      "Unsupported WebSocket frame: payload length > 2^53 - 1",
    ],
    undici: ["Payload size exceeds maximum allowed size", "Received payload length > 2^31 bytes."],
    "python-websockets": [
      "sent 1009 (message too big) frame with 1048577 bytes exceeds limit of 1048576 bytes; no close frame received",
      "frame with 1048577 bytes exceeds limit of 1048576 bytes",
      "frame with 1000 bytes after reading 1048000 bytes exceeds limit of 1048576 bytes",
      "over size limit (1048577 > 1048576 bytes)",
      "sent 1009 (message too big); no close frame received",
    ],
    aiohttp: ["Message size 4194305 exceeds limit 4194304"],
    Tornado: ["message too big"],
    "gorilla/websocket": ["websocket: close 1009 (message too big)", "websocket: read limit exceeded"],
    "coder/websocket": [
      "read limited at 32769 bytes",
      'received close frame: status = StatusMessageTooBig and reason = ""',
    ],
    "golang.org/x/net/websocket": ["websocket: frame payload size exceeds limit"],
    tungstenite: ["Space limit exceeded: Message too long: 67108865 > 67108864"],
    Netty: ["Max frame length of 65536 has been exceeded."],
    Jetty: ["Cannot handle payload lengths larger than 65536"],
    Tomcat: [
      "The decoded text message was too big for the output buffer and the endpoint does not support partial messages",
      "The message was [8,193] bytes long but the MessageHandler has a limit of [8,192] bytes",
      "No async message support and buffer too small. Buffer size: [8,192], Message size: [8,193]",
    ],
    "Boost.Beast": ["The WebSocket message exceeded the locally configured limit"],
    "websocket (npm)": ["Message too big", "Maximum message size exceeded."],
    "websocket-driver (npm)": ["WebSocket frame length too large"],
  },
  "1010": {
    "python-websockets": [
      "received 1010 (mandatory extension); then sent 1010 (mandatory extension)",
      "received 1010 (extension required); then sent 1010 (extension required)",
    ],
    "gorilla/websocket": ["websocket: close 1010 (mandatory extension missing)"],
    "websocket (npm)": ["Extension requested by client is required"],
  },
  "1011": {
    "python-websockets": [
      "sent 1011 (internal error) keepalive ping timeout; no close frame received",
      "received 1011 (internal error); then sent 1011 (internal error)",
      "received 1011 (unexpected error); then sent 1011 (unexpected error)",
      "sent 1011 (unexpected error) keepalive ping timeout; no close frame received",
      "sent 1011 (internal error); no close frame received",
      "sent 1011 (unexpected error); no close frame received",
      "connection handler failed",
      "data transfer failed",
    ],
    "gorilla/websocket": ["websocket: close 1011 (internal server error)"],
    "coder/websocket": ['received close frame: status = StatusInternalError and reason = ""'],
    "websocket (npm)": ["Internal Server Error"],
  },
  "1012": {
    "python-websockets": ["received 1012 (service restart); then sent 1012 (service restart)"],
    "gorilla/websocket": ["websocket: close 1012"],
    "coder/websocket": ['received close frame: status = StatusServiceRestart and reason = ""'],
  },
  "1013": {
    "python-websockets": ["received 1013 (try again later); then sent 1013 (try again later)"],
    "gorilla/websocket": ["websocket: close 1013"],
    "coder/websocket": ['received close frame: status = StatusTryAgainLater and reason = ""'],
  },
  "1014": {
    "python-websockets": ["received 1014 (bad gateway); then sent 1014 (bad gateway)"],
    "coder/websocket": ['received close frame: status = StatusBadGateway and reason = ""'],
    "gorilla/websocket": ["websocket: bad close code 1014"],
  },
  "1015": {
    "gorilla/websocket": ["websocket: close 1015 (TLS handshake error)"],
    Chromium: ["Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR"],
    "python-websockets": ["1015 (TLS handshake failure [internal])", "1015 (TLS failure [internal])"],
    "websocket (npm)": ["TLS Handshake Failed"],
  },
  "3000": {
    "python-websockets": ["received 3000 (registered); then sent 3000 (registered)"],
    "gorilla/websocket": ["websocket: close 3000"],
  },
  "3003": {
    "python-websockets": ["received 3003 (registered); then sent 3003 (registered)"],
    "gorilla/websocket": ["websocket: close 3003"],
  },
  "3008": {
    "python-websockets": ["received 3008 (registered); then sent 3008 (registered)"],
    "gorilla/websocket": ["websocket: close 3008"],
  },
  "3000-3999": {
    "python-websockets": ["received 3500 (registered); then sent 3500 (registered)"],
    "gorilla/websocket": ["websocket: close 3500"],
    Chromium: ["The close code must be either 1000, or between 3000 and 4999. 1006 is neither."],
  },
  "4000-4999": {
    "python-websockets": ["received 4001 (private use); then sent 4001 (private use)"],
    "gorilla/websocket": ["websocket: close 4001"],
    "coder/websocket": ['received close frame: status = StatusCode(4001) and reason = ""'],
  },
};
