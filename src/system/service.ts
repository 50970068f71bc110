import { readFileSync } from "node:fs";
import type { Service } from "../core/about.ts";
import { environment } from "./environment.ts";

interface Surroundings {
  env: Pick<typeof environment, "SYSTEMD_EXEC_PID" | "MANAGERPID" | "XPC_SERVICE_NAME">;
  pid: number;
  parent: number;
  /** /proc/self/cgroup; empty where there is none */
  cgroup: string;
  /** of the user; 0 is root */
  uid: number;
  /** the first word that it was started with */
  program: string;
}

/**
 * The service that this process is, by what its manager has put into its environment. Shells inherit these variables from the
 * terminal's own service: systemd's names the process that it has started (from 248 on; source: systemd.exec), and its user's manager also names itself; a process of
 * launchd's is its child, under its job's label. An app's label begins with "application.", and a shell's is "0". Null: none.
 */
export function ownService(
  { env, pid, parent, cgroup, uid, program }: Surroundings = surroundings(),
  platform: NodeJS.Platform = process.platform,
): Service | null {
  if (platform === "linux" && env.SYSTEMD_EXEC_PID === String(pid)) {
    // in a namespace of control groups the name may not show
    const unit = /([^/\n]+\.service)\s*$/.exec(cgroup)?.[1] ?? "cord.service";
    return { manager: "systemd", name: unit, program, of_user: env.MANAGERPID !== undefined };
  }
  const label = env.XPC_SERVICE_NAME ?? "0";
  if (platform !== "darwin" || parent !== 1 || label === "0" || label.startsWith("application.")) return null;
  return { manager: "launchd", name: label, program, of_user: uid !== 0 };
}

function surroundings(): Surroundings {
  const { pid, ppid: parent, argv0: program } = process;
  return { env: environment, pid, parent, cgroup: cgroup(), uid: process.getuid?.() ?? 0, program };
}

function cgroup(): string {
  try {
    return readFileSync("/proc/self/cgroup", "utf8");
  } catch {
    return "";
  }
}
