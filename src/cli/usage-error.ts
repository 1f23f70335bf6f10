/** The command was given something that it cannot use. The message says what is wrong, and what would be right. */
export class UsageError extends Error {}
