import { closeCodeWrongSide } from "./close-code-wrong-side.js";
import { closePayloadTooShort } from "./close-payload-too-short.js";
import { controlFrameTooLong } from "./control-frame-too-long.js";
import { dataAfterClose } from "./data-after-close.js";
import { fragmentedControlFrame } from "./fragmented-control-frame.js";
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
import type { EndRule, FrameRule, Rule } from "./rule.js";
import { truncatedFrame } from "./truncated-frame.js";
import { unansweredPing } from "./unanswered-ping.js";
import { unexpectedContinuation } from "./unexpected-continuation.js";
import { unfinishedMessage } from "./unfinished-message.js";
import { unmaskedClientFrame } from "./unmasked-client-frame.js";
import { unmatchedPong } from "./unmatched-pong.js";
import { zeroMaskingKey } from "./zero-masking-key.js";

/** The rules that a frame may break, in the order in which their findings stand. */
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
];

/** The rules that the end of a sender's bytes may show to be broken. */
export const END_RULES: readonly EndRule[] = [unfinishedMessage, unansweredPing];

/** Every rule. */
export const RULES: readonly Rule[] = [...FRAME_RULES, ...END_RULES];
