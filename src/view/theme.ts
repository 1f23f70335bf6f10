import type { ColorName } from "chalk";
import type { SafeText } from "../bytes/safe-text.js";

/**
 * The role of a piece of text, which decides its colour. A field has the same colour in every view: FIN, RSV and opcode
 * (`opcode`), MASK and length (`length`), masking key (`key`), payload (`payload`).
 */
export type Role = "opcode" | "length" | "key" | "payload" | "error" | "warning" | "info" | "quiet" | "strong";

/** Colours a text by its role. */
export type Theme = (role: Role, text: SafeText) => SafeText;

/** The theme without colour. */
export const PLAIN_THEME: Theme = (_role, text) => text;

const ROLE_COLORS: Readonly<Record<Exclude<Role, "quiet" | "strong">, ColorName>> = {
  opcode: "cyan",
  length: "blueBright",
  key: "magenta",
  payload: "green",
  error: "red",
  warning: "yellow",
  info: "blue",
};

/** The theme with the terminal's own 16 colours. */
export async function createColorTheme(): Promise<Theme> {
  const { Chalk } = await import("chalk");
  // Not chalk's default export, which reads argv and the environment: cli/ has already decided about colour.
  const chalk = new Chalk({ level: 1 });
  return (role, text) => {
    if (text === "") return text;
    const coloured =
      role === "quiet" ? chalk.dim(text) : role === "strong" ? chalk.bold(text) : chalk[ROLE_COLORS[role]](text);
    return coloured as SafeText;
  };
}
