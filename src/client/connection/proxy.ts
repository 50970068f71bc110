import { loopback } from "../../core/address.ts";
import type { Environment } from "../../core/environment.ts";

/** The ways in which programs of all kinds are told to go through a proxy, or not to. */
const exemptions = ["NO_PROXY", "no_proxy"] as const;

/** Loopback, as the programs that read these lists know it: each takes some of these forms. */
const loopbackNames = ["localhost", loopback, "127.0.0.0/8", "::1", "[::1]"];

/**
 * The variables that make a program reach the daemon without a proxy, whatever its environment says: a proxy would
 * see the token, and cannot reach this machine's loopback. The user's proxies stay for everything else. A remote
 * daemon is exempt too, unless the connection is encrypted.
 */
export function noProxyTo(url: string, env: Environment): Record<(typeof exemptions)[number], string> {
  const { protocol, hostname } = new URL(url);
  const exempt = exemptions
    .flatMap((name) => (env[name] ?? "").split(/[\s,]+/))
    .filter((word) => word !== "");
  const names = [...exempt, ...loopbackNames, ...(protocol === "http:" ? [hostname] : [])];
  const list = [...new Set(names)].join(",");
  return { NO_PROXY: list, no_proxy: list };
}
