/** An address as it stands in a URL. */
export function formatEndpoint(address: string | undefined, port: number | undefined): string {
  const host = (address ?? "?").replace(/^::ffff:(?=\d+\.)/, "");
  return `${host.includes(":") ? `[${host}]` : host}:${port ?? "?"}`;
}
