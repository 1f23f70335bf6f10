import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { payloadOffset, type Sender } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

/** The codes that only one side should send. */
const INTENDED_SENDERS: Readonly<Record<number, Sender>> = { 1010: "client", 1011: "server" };

export const closeCodeWrongSide: FrameRule<{ code: number; name: string; sender: Sender; meant: Sender }> = {
  id: "close-code-wrong-side",
  severity: "warning",
  reference: "RFC 6455 §7.4.1",
  failCode: null,
  requirement: "Only a client should send 1010, and only a server should send 1011.",
  why: "RFC 6455 defines 1010 for a client that misses an extension, and 1011 for a server in trouble. Erratum 3227 lets both sides send 1011, and python-websockets clients do so when a keepalive ping gets no answer, so this is only a warning.",
  cause: "one implementation used on both sides, which answers every error with the same code",
  fix: "from a server, send 1002 or 1008 instead of 1010; from a client, send 1000 or 1002 instead of 1011",
  formatMessage: ({ code, name, sender, meant }) =>
    `the ${sender} sent ${code} (${name}), which only a ${meant} should send`,
  checkFrame({ frame, sender, closeCode, closeEchoed }) {
    const meant = closeCode === null ? undefined : INTENDED_SENDERS[closeCode];
    // The answer to a Close repeats its code, whichever side the code is for.
    if (closeCode === null || meant === undefined || meant === sender || closeEchoed) return null;
    const detail = { code: closeCode, name: closeCodeInfo(closeCode).name, sender, meant };
    return { offset: payloadOffset(frame), length: 2, detail };
  },
};
