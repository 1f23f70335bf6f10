/** An address as a URL has it. */
export function formatEndpoint(address: string | undefined, port: number | undefined): string {
  const host = (address ?? "?").replace(/^::ffff:(?=\d+\.)/, "");
  return `${host.includes(":") ? `[${host}]` : host}:${port ?? "?"}`;
}
