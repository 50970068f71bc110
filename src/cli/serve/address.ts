import { InvalidArgumentError } from "@commander-js/extra-typings";
import { defaultPort, hostAndPort, isLoopback, loopback, nearHost, urlOf } from "../../core/address.ts";

/** Where a daemon listens. */
export interface Address {
  hostname: string;
  port: number;
}

/** `host:port`, `[::1]:port`, or a port alone. */
export function address(text: string): Address {
  const match = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (!match || port > 65_535)
    throw new InvalidArgumentError(`It must look like ${loopback}:${defaultPort}.`);
  return { hostname: (match[1] || loopback).replace(/^\[|\]$/g, ""), port };
}

export function addressIn(url: string): Address {
  return address(hostAndPort(url));
}

/** The URL by which a daemon that listens there is called from this machine. */
export function calledAt({ hostname, port }: Address): string {
  return urlOf(nearHost(hostname), port);
}

/** The other addresses of the machine to which a client of the same name could come: `localhost` stands for two. */
export function twinsOf({ hostname, port }: Address): string[] {
  if (!isLoopback(hostname) && nearHost(hostname) === hostname) return [];
  const own = calledAt({ hostname, port });
  return [loopback, "::1"].map((host) => urlOf(host, port)).filter((url) => url !== own);
}
