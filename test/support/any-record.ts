/** A record as JSON gives it. */
export type AnyRecord = ReturnType<typeof JSON.parse>;
