import type { Topic } from "./topic.js";
import { TOPICS } from "./topics.js";

/** An error message of a program that was found in the text to explain. */
export interface ErrorMatch {
  readonly topic: Topic;
  readonly program: string;
  readonly message: string;
}

/** Whether a text is only a part of a message, which may begin or end in other ways, too. */
export function isPartOfMessage(text: string, message: string): boolean {
  const [part, whole] = [replaceNumbers(text), replaceNumbers(message)];
  return part.length < whole.length && containsWords(whole, part);
}

/** The result of a lookup: the topic that the text names; the topics whose error messages match, best first; or similar names. */
export type LookupResult =
  | { readonly kind: "named"; readonly topic: Topic }
  | { readonly kind: "matched"; readonly matches: readonly ErrorMatch[] }
  | { readonly kind: "unknown"; readonly similar: readonly string[] };

/** The shortest text, in characters, that counts as a match inside a longer one. */
const MIN_PARTIAL_MATCH_CHARACTERS = 8;
/** The share of a message's words that a text must contain to match it approximately. */
const MIN_SHARED_WORDS_RATIO = 0.86;
/** How many times as many characters a message with other numbers must share to be better than one with equal numbers. */
const MIN_SIMILAR_RATIO = 1.5;
/** The share of the best score that other matches must reach to be listed too. */
const MIN_SCORE_RATIO = 0.75;

/** Finds the topics for a text: the name of a topic, or an error message of another program. */
export function lookUp(text: string): LookupResult {
  const named = findTopicByName(text);
  if (named !== null) return { kind: "named", topic: named };
  const matches = findErrorMatches(text);
  // A code in the text is more specific than matched messages that lack the code.
  const code = findCode(text);
  const known = matches.some(
    ({ topic, message }) => message.includes(code?.number ?? "") || isRuleMessageIn(topic, message, text),
  );
  if (code !== null && !known) return { kind: "named", topic: code.topic };
  const similar = findSimilarNames(text);
  // A single word is more likely a misspelt name than part of a message.
  const isPart =
    !/\s/.test(text.trim()) && matches.every(({ message }) => normalizeText(message) !== normalizeText(text));
  if (isPart && similar.length > 0) return { kind: "unknown", similar };
  if (matches.length > 0) return { kind: "matched", matches };
  const nearly = findApproximateMatches(text);
  return nearly.length > 0 ? { kind: "matched", matches: nearly } : { kind: "unknown", similar };
}

function findTopicByName(text: string): Topic | null {
  const wanted = normalizeName(text);
  const named = TOPICS.find(({ name, aliases }) => [name, ...aliases].some((one) => normalizeName(one) === wanted));
  const number = /^(?:code |status )?(\d{3,5})$/i.exec(text.trim())?.[1];
  if (named === undefined && number !== undefined) return findTopicByNumber(Number(number));
  // A line of wsframe's own output contains the id of the rule.
  const words = new Set(text.split(/[^a-z0-9-]+/));
  return named ?? TOPICS.find(({ kind, name }) => kind === "rule" && words.has(name)) ?? null;
}

/** A name for comparison: lower case, with words joined by one hyphen. */
function normalizeName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "-")
    .replace(/[.:]$/, "");
}

/** A text for comparison: lower case, without quotes, with every WebSocket URL replaced by the same word. */
function normalizeText(text: string): string {
  return text
    .toLowerCase()
    .replace(/\bwss?:\/\/[^\s'"]+/g, "url")
    .replace(/['"`‘’“”]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The same, with every number replaced by `#`. */
function replaceNumbers(text: string): string {
  return normalizeText(text).replace(/\b0x[0-9a-f]+\b|\d+/g, "#");
}

const ALL_ERROR_MESSAGES: readonly ErrorMatch[] = TOPICS.flatMap((topic) =>
  Object.entries(topic.errorMessages).flatMap(([program, texts]) =>
    texts.map((message) => ({ topic, program, message })),
  ),
);

/**
 * The messages that contain the text or are contained in it: with equal numbers, unless ignoring numbers gives one that
 * shares much more.
 */
function findErrorMatches(text: string): ErrorMatch[] {
  const equal = scoreMessages(text, normalizeText);
  const similar = scoreMessages(text, replaceNumbers);
  const best = (found: readonly ScoredMatch[]): number => Math.max(0, ...found.map(({ score }) => score));
  return pickBestPerTopic(best(equal) * MIN_SIMILAR_RATIO > best(similar) ? equal : similar, text);
}

interface ScoredMatch {
  readonly match: ErrorMatch;
  readonly score: number;
}

/** The messages that share text with the given one, and the number of shared characters. */
function scoreMessages(text: string, reduce: (text: string) => string): ScoredMatch[] {
  const wanted = reduce(text);
  return ALL_ERROR_MESSAGES.map((match) => ({
    match,
    score: countSharedCharacters(wanted, reduce(match.message)),
  })).filter(({ score }) => score > 0);
}

/** The number of shared characters if one text contains the other, doubled if they are equal; otherwise 0. */
function countSharedCharacters(text: string, says: string): number {
  if (text === says) return says.length * 2;
  if (says.length >= MIN_PARTIAL_MATCH_CHARACTERS && containsWords(text, says)) return says.length;
  return text.length >= MIN_PARTIAL_MATCH_CHARACTERS && containsWords(says, text) ? text.length : 0;
}

/** Whether a text contains a part that starts and ends at word boundaries. */
function containsWords(text: string, part: string): boolean {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const around = [text.slice(Math.max(0, at - 1), at + 1), text.slice(at + part.length - 1, at + part.length + 1)];
    if (!around.some((pair) => /^[a-z0-9]{2}$/.test(pair))) return true;
  }
  return false;
}

/** The messages most of whose words are in the text, in any order: a message that was cut, or that differs a little between versions. */
function findApproximateMatches(text: string): ErrorMatch[] {
  const wanted = new Set(splitWords(text));
  if (wanted.size < 3) return [];
  const found = ALL_ERROR_MESSAGES.flatMap((match) => {
    const words = new Set(splitWords(match.message));
    const shared = [...words].filter((word) => wanted.has(word)).length;
    const share = shared / Math.max(words.size, Math.min(wanted.size, words.size * 2));
    return words.size >= 3 && share >= MIN_SHARED_WORDS_RATIO ? [{ match, score: share }] : [];
  });
  return pickBestPerTopic(found, text);
}

function splitWords(text: string): string[] {
  return replaceNumbers(text)
    .split(/[^a-z0-9#_-]+/)
    .filter((word) => word !== "");
}

/** The most topics to list for one text. */
const MAX_MATCHED_TOPICS = 12;

/**
 * The best message of each topic, for the topics whose score is near the best one. Close codes that the text contains come
 * first, then rules.
 */
function pickBestPerTopic(found: readonly ScoredMatch[], text: string): ErrorMatch[] {
  const sorted = [...found].sort((a, b) => b.score - a.score);
  const best = sorted[0]?.score ?? 0;
  const seen = new Set<Topic>();
  const near = sorted.flatMap(({ match, score }) => {
    if (score < best * MIN_SCORE_RATIO || seen.has(match.topic)) return [];
    seen.add(match.topic);
    return [match];
  });
  const rank = ({ topic: { kind, name } }: ErrorMatch): number => {
    if (kind === "close code" && text.includes(name)) return 0;
    return kind === "rule" ? 1 : 2;
  };
  return near.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_MATCHED_TOPICS);
}

/** A close code or HTTP status that is a word of its own in a text about a connection. */
function findCode(text: string): { readonly number: string; readonly topic: Topic } | null {
  const close = /\b([1-4]\d{3})\b/.exec(text)?.[1];
  if (close !== undefined && /clos|code|status|sent|received|disconnect|abnormal|websocket/i.test(text)) {
    return { number: close, topic: findTopicByNumber(Number(close)) };
  }
  const status = /\b([2-5]\d{2})\b/.exec(text)?.[1];
  if (status === undefined || !/http|status|response|handshake|upgrade|server/i.test(text)) return null;
  return { number: status, topic: findTopicByNumber(Number(status)) };
}

/** Whether a text contains the whole error message of a rule, with any numbers, which is more specific than a code. */
function isRuleMessageIn({ kind }: Topic, says: string, text: string): boolean {
  return kind === "rule" && containsWords(replaceNumbers(text), replaceNumbers(says));
}

/** The last two digits of the highest registered status of any class, 451. */
const MAX_STATUS_IN_CLASS = 51;

/** The topic of a number: a close code, an HTTP status, or otherwise the rule about invalid close codes. */
function findTopicByNumber(number: number): Topic {
  const range = `${Math.floor(number / 1000)}000-${Math.floor(number / 1000)}999`;
  const isHttpStatus = number >= 100 && number < 600 && number % 100 <= MAX_STATUS_IN_CLASS;
  const names = [String(number), range, isHttpStatus ? "handshake-status" : "invalid-close-code"];
  const found = names.map((name) => TOPICS.find((topic) => topic.name === name)).find((topic) => topic !== undefined);
  return found as Topic;
}

/** The names that are most similar to a misspelt one, at most 5. */
function findSimilarNames(text: string): string[] {
  const wanted = normalizeName(text);
  const most = Math.max(2, Math.floor(wanted.length / 3));
  return TOPICS.map(({ name }) => ({ name, distance: nameDistance(wanted, normalizeName(name)) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** The difference between two names: 1 if the second contains the first, otherwise the edit distance. */
function nameDistance(a: string, b: string): number {
  return a.length >= 3 && b.includes(a) ? 1 : editDistance(a, b);
}

/** The fewest characters to insert, delete or change (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
