import type { View } from "./view.js";

const ignore = (): void => {};

/** A view that shows nothing, as a base for views that need only some of the methods. */
export const NULL_VIEW: View = {
  connection: ignore,
  handshake: ignore,
  frame: ignore,
  message: ignore,
  end: ignore,
  closed: ignore,
  close: ignore,
};
