import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { payloadOffset, type Sender } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

/** The only sender that each of these codes is meant for. */
const INTENDED_SENDERS: Readonly<Record<number, Sender>> = { 1010: "client", 1011: "server" };

export const closeCodeWrongSide: FrameRule<{ code: number; name: string; sender: Sender; meant: Sender }> = {
  id: "close-code-wrong-side",
  severity: "warning",
  reference: "RFC 6455 §7.4.1",
  failCode: null,
  requirement: "1010 is a client's to send, 1011 a server's.",
  why: "The text of 1010 speaks of a client that misses an extension, that of 1011 of a server in trouble. An erratum (3227) lets both sides send 1011, and python-websockets clients do when a keepalive ping stays unanswered, so this is a warning only.",
  cause: "one implementation used on both sides, which answers every fault with the same code",
  fix: "send 1002 or 1008 in place of 1010 from a server, and 1000 or 1002 in place of 1011 from a client",
  formatMessage: ({ code, name, sender, meant }) =>
    `a ${sender} sends ${code} (${name}), which is a ${meant}'s to send`,
  checkFrame({ frame, sender, closeCode, closeEchoed }) {
    const meant = closeCode === null ? undefined : INTENDED_SENDERS[closeCode];
    // Who answers a Close gives its code back, whoever it is meant for.
    if (closeCode === null || meant === undefined || meant === sender || closeEchoed) return null;
    const detail = { code: closeCode, name: closeCodeInfo(closeCode).name, sender, meant };
    return { offset: payloadOffset(frame), length: 2, detail };
  },
};
