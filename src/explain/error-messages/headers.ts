import type { ErrorMessagesByTopic } from "../topic.js";

/** How other programs report errors in a header or its parameters that no rule covers, by header and program. */
export const HEADER_ERROR_MESSAGES: ErrorMessagesByTopic = {
  Origin: {
    "gorilla/websocket": [
      "websocket: request origin not allowed by Upgrader.CheckOrigin",
      "websocket: 'Origin' header value not allowed",
    ],
    "coder/websocket": ['request Origin "http://example.com" is not authorized for Host "localhost:8080"'],
    Tyrus: ["Origin not verified."],
    Tornado: ["Cross origin websockets not allowed"],
    "python-websockets": [
      "invalid Origin header: http://example.com",
      "missing Origin header",
      "invalid Origin header: more than one Origin header found",
    ],
  },
  server_max_window_bits: {
    "python-websockets": ["expected server_max_window_bits"],
    Tomcat: [
      "An invalid windows of [16] size was specified for [server_max_window_bits]. Valid values are whole numbers from 8 to 15 inclusive.",
    ],
  },
  client_max_window_bits: { "python-websockets": ["required client_max_window_bits"] },
};
