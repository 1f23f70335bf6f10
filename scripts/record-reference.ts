import { readFileSync } from "node:fs";

/** The JSON Schema of the records, and the page that has its fields as tables. */
export const RECORD_SCHEMA = "docs/records.schema.json";
export const RECORD_PAGE = "docs/records.md";

interface Property {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Property[];
  readonly items?: Property;
  readonly prefixItems?: readonly Property[];
  readonly description?: string;
  readonly $ref?: string;
}

interface Definition {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

const TABLE = /(<!-- fields of (\w+) -->\n).*?(<!-- end of fields -->)/gs;

/** The page, with the tables of fields as the schema has them. */
export function recordReference(): string {
  const { $defs } = JSON.parse(readFileSync(RECORD_SCHEMA, "utf8")) as { $defs: Record<string, Definition> };
  return readFileSync(RECORD_PAGE, "utf8").replace(
    TABLE,
    (_, begin: string, name: string, end: string) => `${begin}\n${fieldTable($defs[name] as Definition)}\n\n${end}`,
  );
}

function fieldTable({ properties, required }: Definition): string {
  const rows = Object.entries(properties).map(([name, property]) => {
    const [meaning = "", condition] = (property.description ?? "").replaceAll("|", "\\|").split(/ Only (?=.)/);
    const present = required.includes(name) ? "always" : `only ${condition?.replace(/\.$/, "")}`;
    return `| \`${name}\` | ${typeName(property)} | ${meaning} | ${present} |`;
  });
  return ["| field | type | meaning | present |", "|---|---|---|---|", ...rows].join("\n");
}

function typeName({ type, const: value, enum: values, anyOf, items, prefixItems, $ref }: Property): string {
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  if (values !== undefined) return values.map((one) => `\`${JSON.stringify(one)}\``).join(" or ");
  if ($ref !== undefined) return `[${$ref.replace(/.*\//, "")}](#${$ref.replace(/.*\//, "")})`;
  if (anyOf !== undefined) return anyOf.map(typeName).join(" or ");
  if (prefixItems !== undefined) return `[${prefixItems.map(typeName).join(", ")}]`;
  if (type === "array") return `array of ${items === undefined ? "values" : typeName(items)}`;
  return typeof type === "string" ? type : (type ?? []).join(" or ");
}
