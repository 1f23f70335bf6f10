import type { ErrorMessagesByTopic } from "../topic.js";

/** How other programs report errors about frames with an opcode, by opcode and program. */
export const OPCODE_ERROR_MESSAGES: ErrorMessagesByTopic = {
  continuation: {
    aiohttp: ["Continuation frame for non started message"],
    Chromium: ["Received unexpected continuation frame."],
    "python-websockets": ["unexpected continuation frame"],
    "gorilla/websocket": ["websocket: continuation after FIN"],
  },
  text: {
    Chromium: ["Could not decode a text frame as UTF-8."],
    ws: ["Invalid WebSocket frame: invalid UTF-8 sequence"],
    undici: ["Received invalid UTF-8 in text frame."],
  },
  close: {
    "python-websockets": ["close frame too short", "no close frame received or sent"],
    wsproto: ["CLOSE with 1 byte payload"],
    Chromium: ["Received a broken close frame containing an invalid size body.", "Close received after close"],
    undici: ["Received close frame with a 1-byte body."],
    "websocket-client": ["Invalid close frame."],
  },
  ping: {
    "python-websockets": ["keepalive ping timeout"],
    "websocket-client": ["ping/pong timed out", "Ping message is too long", "Invalid ping frame."],
    undici: ["A PING frame cannot have a body larger than 125 bytes."],
  },
  pong: {
    aiohttp: ["No PONG received after 5.0 seconds"],
    "python-websockets": ["already waiting for a pong with the same data"],
    ".NET": [
      "The WebSocket didn't recieve a Pong frame in response to a Ping frame within the configured KeepAliveTimeout.",
    ],
  },
  reserved: {
    ws: ["Invalid WebSocket frame: invalid opcode 7"],
    undici: ["Invalid opcode received"],
    Chromium: ["Unrecognized frame opcode: 7"],
    "gorilla/websocket": ["websocket: bad opcode 7"],
    wsproto: ["Invalid opcode 0xb"],
    aiohttp: ["Unexpected opcode=7"],
    tungstenite: ["WebSocket protocol error: Unknown data frame type: 7"],
  },
};
