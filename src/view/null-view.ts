import type { View } from "./view.js";

const ignore = (): void => {};

/** A view that shows nothing, to be spread under what somebody does show. */
export const NULL_VIEW: View = {
  connection: ignore,
  handshake: ignore,
  frame: ignore,
  message: ignore,
  end: ignore,
  closed: ignore,
  close: ignore,
};
