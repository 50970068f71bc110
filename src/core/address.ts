/** Where the daemon listens when nobody says otherwise. */
export const loopback = "127.0.0.1";
export const defaultPort = 7777;
/** A port for a second daemon, as examples name it. */
export const examplePort = 7878;

/**
 * Whether an address or `localhost` belongs to this machine only: 127.0.0.0/8 and ::1, with or without brackets.
 * Sources: RFC 1122 3.2.1.3, RFC 4291 2.5.3.
 */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host.toLowerCase());
  if (name === "localhost" || name === "::1") return true;
  return /^(?:::ffff:)?127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}

/** The address that a local name stands for: `localhost` has two, and chance must not choose. */
export function numericHost(host: string): string {
  return host.toLowerCase() === "localhost" ? loopback : host;
}

/** A host as the system takes it: URLs write an address of IPv6 in brackets. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** The address that a URL of HTTP names. */
export function addressOf(url: string): { hostname: string; port: number } {
  const { hostname, port } = new URL(url);
  return { hostname: numericHost(withoutBrackets(hostname)), port: Number(port) || 80 };
}

/** The address that a URL of HTTP names, as --addr takes it. */
export function hostAndPort(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "80"}`;
}

/** The URL of a daemon that listens there. */
export function urlOf(hostname: string, port: number): string {
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`;
}

/** The host by which this machine calls a daemon that listens at an address: `0.0.0.0` and `::` cannot be called. */
export function nearHost(host: string): string {
  return near.get(host) ?? host;
}

const near: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", loopback],
  ["::", "::1"],
  ["localhost", loopback],
]);
