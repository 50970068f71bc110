import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";

/** A process that listens on a TCP port of this machine. */
interface Listener {
  pid: number;
  /** the name of its program, as the system knows it: text of others */
  name: string;
}

/**
 * Who listens at an address of this machine: at exactly this one, or at all. Null: nobody, or nobody whose processes
 * this user may see. Linux: /proc/net/tcp names the socket, /proc/PID/fd its process. Elsewhere: lsof.
 */
export function listenerAt(hostname: string, port: number): Listener | null {
  return process.platform === "linux" ? linuxListener(hostname, port) : lsofListener(port);
}

/** The user id of whoever listens at an address, even if its processes cannot be seen. Null: nobody, or unknown. */
export function listenersUser(hostname: string, port: number): number | null {
  return listenRows(hostname, port)[0]?.uid ?? null;
}

/** The files of this ending that a process has open, deleted ones too. Linux only; elsewhere none are known. */
export function openFilesOf(pid: number, ending: string): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder)
      .map((fd) => linkOf(`${folder}/${fd}`).replace(/ \(deleted\)$/, ""))
      .filter((path) => path.endsWith(ending));
  } catch {
    return [];
  }
}

/** The process that holds a lock on a file. Null: none, or none that this user may look at. Linux only; elsewhere none is known. */
export function lockHolderOf(file: string): number | null {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  for (const line of read("/proc/locks").split("\n")) {
    // 1: POSIX ADVISORY WRITE 4711 fd:01:131 1073741824 1073742335, or with "->" after the number for one that waits
    const [, , , , pid = "", place = ""] = line.trim().split(/\s+/);
    if (Number(place.split(":")[2]) === inode && openFilesOf(Number(pid), file).length > 0)
      return Number(pid);
  }
  return null;
}

/** The words a process was started with. Linux only; elsewhere none are known. */
export function argvOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
}

function linuxListener(hostname: string, port: number): Listener | null {
  const sockets = new Set(listenRows(hostname, port).map(({ inode }) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const pid of readdirSync("/proc")) {
    if (/^\d+$/.test(pid) && holds(pid, sockets)) return { pid: Number(pid), name: programOf(pid) };
  }
  return null;
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

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  return openFilesOf(Number(pid), "]").some((link) => sockets.has(link));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** The name of a process' program. Bun and node name their threads, so /proc/PID/comm may say nothing of the program. */
export function programOf(pid: number | string): string {
  const [program = ""] = argvOf(Number(pid));
  return basename(program) || read(`/proc/${pid}/comm`).trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function lsofListener(port: number): Listener | null {
  // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
  const found = Bun.spawnSync(["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { stderr: "ignore" });
  const said = found.stdout.toString();
  const pid = /^p(\d+)$/m.exec(said)?.[1];
  return pid === undefined ? null : { pid: Number(pid), name: /^c(.+)$/m.exec(said)?.[1] ?? "" };
}
