import type { View } from "./view.js";

const nothing = (): void => {};

/** A view that shows nothing, to be spread under what somebody does show. */
export const SILENT_VIEW: View = {
  connection: nothing,
  handshake: nothing,
  frame: nothing,
  message: nothing,
  end: nothing,
  closed: nothing,
  close: nothing,
};
