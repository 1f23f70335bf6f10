import { assumedDeflate } from "./assumed-deflate.js";
import { closeCodeWrongSide } from "./close-code-wrong-side.js";
import { closePayloadTooShort } from "./close-payload-too-short.js";
import { controlFrameTooLong } from "./control-frame-too-long.js";
import { dataAfterClose } from "./data-after-close.js";
import { dataBeforeHandshake } from "./data-before-handshake.js";
import { fragmentedControlFrame } from "./fragmented-control-frame.js";
import { handshakeAccept } from "./handshake-accept.js";
import { handshakeConnection } from "./handshake-connection.js";
import { handshakeExtension } from "./handshake-extension.js";
import { handshakeHost } from "./handshake-host.js";
import { handshakeHttpVersion } from "./handshake-http-version.js";
import { handshakeKey } from "./handshake-key.js";
import { handshakeLegacyHeader } from "./handshake-legacy-header.js";
import { handshakeMalformed } from "./handshake-malformed.js";
import { handshakeMethod } from "./handshake-method.js";
import { handshakeStatus } from "./handshake-status.js";
import { handshakeSubprotocol } from "./handshake-subprotocol.js";
import { handshakeUpgrade } from "./handshake-upgrade.js";
import { handshakeVersion } from "./handshake-version.js";
import { inflateFailed } from "./inflate-failed.js";
import { inflateLimit } from "./inflate-limit.js";
import { interleavedMessage } from "./interleaved-message.js";
import { invalidCloseCode } from "./invalid-close-code.js";
import { invalidCloseReason } from "./invalid-close-reason.js";
import { invalidUtf8 } from "./invalid-utf8.js";
import { lengthMsbSet } from "./length-msb-set.js";
import { maskedServerFrame } from "./masked-server-frame.js";
import { nonMinimalLength } from "./non-minimal-length.js";
import { reservedOpcode } from "./reserved-opcode.js";
import { reusedMaskingKey } from "./reused-masking-key.js";
import { rsvWithoutExtension } from "./rsv-without-extension.js";
import { rsv1OnContinuation } from "./rsv1-on-continuation.js";
import { rsv1OnControlFrame } from "./rsv1-on-control-frame.js";
import type { EndRule, FrameRule, HandshakeRule, Rule } from "./rule.js";
import { streamGap } from "./stream-gap.js";
import { truncatedFrame } from "./truncated-frame.js";
import { unansweredPing } from "./unanswered-ping.js";
import { unexpectedContinuation } from "./unexpected-continuation.js";
import { unfinishedMessage } from "./unfinished-message.js";
import { unmaskedClientFrame } from "./unmasked-client-frame.js";
import { unmatchedPong } from "./unmatched-pong.js";
import { zeroMaskingKey } from "./zero-masking-key.js";

/** The rules that are checked on each frame, in the order in which their findings are reported. */
export const FRAME_RULES: readonly FrameRule[] = [
  rsvWithoutExtension,
  reservedOpcode,
  nonMinimalLength,
  lengthMsbSet,
  truncatedFrame,
  unmaskedClientFrame,
  maskedServerFrame,
  zeroMaskingKey,
  reusedMaskingKey,
  fragmentedControlFrame,
  controlFrameTooLong,
  unexpectedContinuation,
  interleavedMessage,
  invalidUtf8,
  closePayloadTooShort,
  invalidCloseCode,
  closeCodeWrongSide,
  invalidCloseReason,
  dataAfterClose,
  unmatchedPong,
  rsv1OnControlFrame,
  rsv1OnContinuation,
  inflateFailed,
  inflateLimit,
  assumedDeflate,
  streamGap,
];

/** The rules that are checked at the end of a sender's bytes. */
export const END_RULES: readonly EndRule[] = [unfinishedMessage, unansweredPing, assumedDeflate, streamGap];

/** The rules that are checked on an opening handshake. */
export const HANDSHAKE_RULES: readonly HandshakeRule[] = [
  handshakeMalformed,
  handshakeMethod,
  handshakeHttpVersion,
  handshakeHost,
  handshakeUpgrade,
  handshakeConnection,
  handshakeKey,
  handshakeVersion,
  handshakeStatus,
  handshakeAccept,
  handshakeExtension,
  handshakeSubprotocol,
  handshakeLegacyHeader,
  dataBeforeHandshake,
];

/** All rules, each once. */
export const RULES: readonly Rule[] = [...new Set<Rule>([...FRAME_RULES, ...END_RULES, ...HANDSHAKE_RULES])];
