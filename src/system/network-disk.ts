import { readFileSync, realpathSync, statfsSync } from "node:fs";
import { win32 } from "node:path";
import { isNetworkMagic, isOnNetwork, linuxMounts, macMounts } from "../core/network-file-systems.ts";
import { thisSystem, type System } from "./system.ts";

/**
 * Whether a folder that is there lies on another machine's disk, where SQLite's WAL is not safe: its index is memory that
 * programs share, which they cannot across machines. Source: sqlite.org/wal.html.
 */
export function isOnNetworkDisk(folder: string, system: System = thisSystem): boolean {
  const real = realpathSync(folder);
  switch (system.platform) {
    case "linux":
      return isNetworkMagic(statfsSync(real).type) || isOnNetwork(real, linuxMounts(mountinfo()));
    case "win32":
      return isRemote(real, system);
    default:
      return isOnNetwork(real, macMounts(system.run(["/sbin/mount"])));
  }
}

/** A share by its name, or by the letter that it was given. */
export function isRemote(path: string, system: Pick<System, "windows">): boolean {
  const { root } = win32.parse(path);
  const local = root.replace(/^\\\\[?.]\\(?!UNC\\)/i, "");
  return /^[\\/]{2}/.test(local) || system.windows().isRemoteDrive(root);
}

function mountinfo(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
}
