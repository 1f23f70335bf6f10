import { type Command, Help, type HelpConfiguration } from "commander";

/** The width of every help text, in columns. */
const HELP_COLUMNS = 80;

/** Placeholder for a space where a line must not break. */
const UNBREAKABLE_SPACE = "\0";

/** How commander formats help: defaults without quotes, and never split over two lines. */
export const HELP_STYLE: HelpConfiguration = {
  helpWidth: HELP_COLUMNS,
  optionDescription({ description, defaultValue }) {
    return typeof defaultValue === "string" ? `${description} (default: ${defaultValue})` : description;
  },
  boxWrap(text, width) {
    const joined = text.replace(/\(default: [^)]*\)/g, (words) => words.replaceAll(" ", UNBREAKABLE_SPACE));
    return Help.prototype.boxWrap.call(this, joined, width).replaceAll(UNBREAKABLE_SPACE, " ");
  },
};

/** Sections below a command's options: a heading, and terms with their meanings. */
export type HelpSections = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Adds sections, examples and exit codes to the end of a command's help. */
export function addHelpSections(command: Command, sections: HelpSections): Command {
  const text = Object.entries(sections).map(([heading, terms]) => `\n${heading}:\n${formatTerms(terms)}`);
  return command.addHelpText("after", text.join("\n"));
}

/** Two columns, terms and meanings, in lines of at most 80 columns. A term without a meaning fills a line. */
export function formatTerms(terms: Readonly<Record<string, string>>): string {
  const help = new Help();
  help.helpWidth = HELP_COLUMNS;
  const width = Math.max(...Object.entries(terms).map(([term, meaning]) => (meaning === "" ? 0 : term.length)));
  return Object.entries(terms)
    .map(([term, meaning]) => help.formatItem(term, width, meaning, help))
    .join("\n");
}
