import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { loopback, withoutBrackets } from "../../../core/address.ts";

/** The addresses of a name, as the system says. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

export const systemResolver: Resolver = async (hostname) =>
  (await lookup(hostname, { all: true, order: "verbatim" })).map(({ address }) => address);

/**
 * The address to which a delivery goes: asked for once, so that a name which leads elsewhere a moment later changes nothing.
 * Of several, another one at each try. A host that is written as an address was allowed as one. A name may lead to public
 * addresses only, and `localhost` is this machine; one forbidden address among several refuses all. Throws why.
 */
export async function addressFor(hostname: string, tries: number, resolve: Resolver): Promise<string> {
  const host = withoutBrackets(hostname);
  if (isIP(host) !== 0) return host;
  const addresses = namesThisMachine(host) ? [loopback, "::1"] : await publicAddresses(host, resolve);
  const address = addresses[tries % Math.max(addresses.length, 1)];
  if (address === undefined) throw new Error(`${host} has no address`);
  return address;
}

/** Source: RFC 6761 6.3. */
function namesThisMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

async function publicAddresses(host: string, resolve: Resolver): Promise<readonly string[]> {
  const addresses = await resolve(host);
  const refused = addresses.find((address) => !isPublic(address));
  if (refused === undefined) return addresses;
  throw new Error(
    `${host} leads to ${refused}, which is not public: --push-to would have to name that address`,
  );
}

/** Whether an address belongs to the public network. Sources: IANA's special-purpose registries, RFC 6890. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  if (family !== 6 || address.includes("%")) return false;
  const inside = embedded(address);
  if (inside !== null) return isPublic(inside);
  return unicast.check(address, "ipv6") && !special.check(address, "ipv6");
}

const special = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  special.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
] as const)
  special.addSubnet(net, bits, "ipv6");

/** All that is public of IPv6: loopback, fc00::/7, fe80::/10 and what is not given out stand outside of it. */
const unicast = new BlockList();
unicast.addSubnet("2000::", 3, "ipv6");

/** The address of IPv4 that one of IPv6 stands for: a mapped one, one of NAT64 (64:ff9b::/96), one of 6to4 (2002::/16). */
function embedded(address: string): string | null {
  const groups = groupsOf(address);
  const [first, second] = groups;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  const isTranslated =
    first === 0x64 && second === 0xff_9b && groups.slice(2, 6).every((group) => group === 0);
  if (isMapped || isTranslated) return dotted(groups.slice(6));
  return first === 0x20_02 ? dotted(groups.slice(1, 3)) : null;
}

function dotted(pair: readonly number[]): string {
  return pair.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

/** The eight groups of an address that is known to be one. The parser of URLs writes all of them in one form. */
function groupsOf(address: string): number[] {
  const text = withoutBrackets(new URL(`http://[${address}]/`).hostname);
  const [left = "", right] = text.split("::");
  const [before, after] = [left, right ?? ""].map((half) =>
    half.split(":").flatMap((group) => (group === "" ? [] : [Number.parseInt(group, 16)])),
  );
  const [head, tail] = [before ?? [], after ?? []];
  return right === undefined
    ? head
    : [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
