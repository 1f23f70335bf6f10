/** A record parsed from JSON. */
export type AnyRecord = ReturnType<typeof JSON.parse>;
