/** JSON of which nothing is known. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A field of an object; `undefined` where there is none, or no object. */
export function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;
}
