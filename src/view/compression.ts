import { counted, grouped } from "../bytes/size.js";

/** How much smaller data was than what it inflated to: `34.1:1`. */
export function ratio(compressed: number, inflated: number): string {
  if (compressed === 0) return "–";
  const times = inflated / compressed;
  return `${times < 100 ? times.toFixed(1) : grouped(Math.round(times))}:1`;
}

/** A compressed size and what it inflated to: `120 → 4,096 bytes, 34.1:1`. */
export function inflatedSize(compressed: number, inflated: number): string {
  return `${grouped(compressed)} → ${counted(inflated, "byte")}, ${ratio(compressed, inflated)}`;
}
