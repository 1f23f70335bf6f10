import { quote, type SafeText } from "../../bytes/safe-text.js";
import { createColorTheme, PLAIN_THEME, type Theme } from "../../view/theme.js";
import type { View } from "../../view/view.js";
import { VIEWS } from "../../view/views.js";
import { UsageError } from "../usage-error.js";
import { note } from "./note.js";
import type { Output } from "./output.js";
import { isTerminal } from "./standard-streams.js";

/** The values of `--color`. */
const COLOR_MODES = ["auto", "always", "never"];

/** Opens the view that `--to` selects, writing to an output. */
export async function openView(
  name: string,
  color: string,
  output: Output,
): Promise<{ view: View; payloadShown: number }> {
  const entry = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (entry === undefined)
    throw new UsageError(`unknown view ${quote(name)}; choose from ${Object.keys(VIEWS).join(", ")}`);
  const theme = await chooseTheme(color);
  const module = await entry.load();
  const columns = terminalColumns();
  const write = (piece: SafeText | Uint8Array): void => output.write(piece);
  const view = module.open({ theme, columns, write, out: output.out, note });
  return { view, payloadShown: module.maxPayloadShown };
}

/** Decides once whether to use colour: from `--color`, then NO_COLOR, then FORCE_COLOR, then the type of stdout. */
export async function chooseTheme(when: string): Promise<Theme> {
  if (!COLOR_MODES.includes(when)) {
    throw new UsageError(`--color must be auto, always or never, not ${quote(when)}`);
  }
  const wanted = when === "auto" ? isColorWanted(process.env) : when === "always";
  return wanted ? createColorTheme() : PLAIN_THEME;
}

function isColorWanted({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal("stdout") && TERM !== "dumb";
}

const DEFAULT_COLUMNS = 80;

/** The output's width in columns: the terminal's, else COLUMNS, else 80. */
export function terminalColumns(): number {
  const columnsVariable = Number(process.env.COLUMNS);
  const columns = isTerminal("stdout") ? process.stdout.columns : 0;
  return columns || (Number.isInteger(columnsVariable) && columnsVariable > 0 ? columnsVariable : DEFAULT_COLUMNS);
}
