import { readdirSync, readFileSync } from "node:fs";
import { openFilesOf } from "./open-files.ts";
import { programOf } from "./process-words.ts";
import { thisSystem, type System } from "./system.ts";

/** A process that listens on a TCP port of this machine. */
interface Listener {
  pid: number;
  /** the name of its program, as the system knows it: text of others */
  name: string;
}

/**
 * Who listens at an address of this machine: at exactly this one, or at all. Null: nobody, or nobody whose processes
 * this user may see. Linux: /proc/net/tcp names the socket, /proc/PID/fd its process. macOS: lsof, which shows only this
 * user's. Windows: its own table.
 */
export function listenerAt(hostname: string, port: number, system: System = thisSystem): Listener | null {
  switch (system.platform) {
    case "linux":
      return linuxListener(hostname, port);
    case "win32":
      return windowsListener(hostname, port, system);
    default:
      return lsofListener(
        hostname,
        system.run(["lsof", "-nP", "-w", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpcn"]),
      );
  }
}

/** The user id of whoever listens at an address, even if its processes cannot be seen. Null: nobody, or unknown, as elsewhere than on Linux. */
export function listenersUser(hostname: string, port: number): number | null {
  return listenRows(hostname, port)[0]?.uid ?? null;
}

/**
 * Whether it is certain, without a connection, that nobody listens on a port of this machine. Windows tries to connect for
 * two seconds before it says so, which every command that starts the daemon would wait. False elsewhere, where a connection
 * that is refused tells it at once.
 */
export function isSurelyFree(port: number, system: System = thisSystem): boolean {
  if (system.platform !== "win32") return false;
  return (
    system
      .windows()
      .tcpListeners()
      ?.every((one) => one.port !== port) ?? false
  );
}

function linuxListener(hostname: string, port: number): Listener | null {
  const sockets = new Set(listenRows(hostname, port).map(({ inode }) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && openFilesOf(pid, "]").some((link) => sockets.has(link)))
      return { pid, name: programOf(pid) };
  }
  return null;
}

function windowsListener(hostname: string, port: number, system: System): Listener | null {
  const found = system
    .windows()
    .tcpListeners()
    ?.find(({ address, pid, ...one }) => one.port === port && pid > 0 && receives(address, hostname));
  return found === undefined ? null : { pid: found.pid, name: programOf(found.pid, system) };
}

/**
 * For each process its pid and its program, then for each of its sockets a descriptor and an address: `p4711`, `cbun`, `f12`,
 * `n127.0.0.1:7777`. Any address is `*:7777`.
 */
function lsofListener(hostname: string, said: string): Listener | null {
  let [pid, name] = [0, ""];
  for (const line of said.split("\n")) {
    const value = line.slice(1);
    if (line.startsWith("p")) pid = Number(value);
    else if (line.startsWith("c")) name = value;
    else if (line.startsWith("n") && Number.isInteger(pid) && pid > 0) {
      const address = value.slice(0, Math.max(value.lastIndexOf(":"), 0)).replace(/^\[|\]$/g, "");
      if (receives(address === "*" ? "0.0.0.0" : address, hostname)) return { pid, name };
    }
  }
  return null;
}

/** Whether a socket at this address receives what is sent to the host. */
function receives(address: string, hostname: string): boolean {
  if (isAny(address) || isAny(hostname)) return true;
  return address.replace(/^::ffff:/, "") === hostname;
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function listenRows(hostname: string, port: number): ListenRow[] {
  return [...rows("/proc/net/tcp"), ...rows("/proc/net/tcp6")].filter(
    (row) => row.port === port && covers(row.address, hostname),
  );
}

interface ListenRow {
  address: string;
  port: number;
  uid: number;
  inode: string;
}

/** The sockets that listen (state 0A). Source: proc_net_tcp in the kernel's documentation. */
function rows(table: string): ListenRow[] {
  return read(table)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === "0A")
    .map(([, local = "", , , , , , uid = "", , inode = ""]) => {
      const [address = "", port = ""] = local.split(":");
      return { address, port: Number.parseInt(port, 16), uid: Number(uid), inode };
    });
}

/**
 * Whether a socket at this address, in hexadecimal, receives what is sent to the host. Groups of four bytes are in
 * the machine's byte order.
 */
function covers(address: string, hostname: string): boolean {
  if (/^0+$/.test(address)) return true;
  if (hostname === "0.0.0.0" || hostname === "::") return true;
  const mapped = address.replace(/^0{16}FFFF0000/, "");
  if (!hostname.includes(":")) return mapped === hexOf(hostname);
  return hostname !== "::1" || address === "00000000000000000000000001000000";
}

function hexOf(ipv4: string): string {
  const bytes = ipv4.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return bytes.toReversed().join("").toUpperCase();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
