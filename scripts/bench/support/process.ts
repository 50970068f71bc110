import { readdirSync, readFileSync } from "node:fs";

/** What Linux tells of a process. Elsewhere there is no /proc, and all of it is 0. */

const ticksPerSecond = 100;

/** CPU milliseconds, user and system, that a process has used; children are not counted. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid);
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / ticksPerSecond;
}

/** The fields of /proc/PID/stat from the state on; empty if it is gone. */
function statOf(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Resident and proportional memory in bytes. */
export function memoryOf(pid: number): { rss: number; pss: number } {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { rss: kilobytes("Rss") * 1024, pss: kilobytes("Pss") * 1024 };
}

export interface Found {
  pid: number;
  argv: string[];
  parent: number;
}

/** The most memory that a process has ever held, in bytes. */
export function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Live processes whose environment holds this text, and how each was started. */
export function processesWith(marker: string): Found[] {
  return pids().flatMap((pid) =>
    read(`/proc/${pid}/environ`).includes(marker) && statOf(pid)[0] !== "Z"
      ? [{ pid, argv: read(`/proc/${pid}/cmdline`).split("\0"), parent: Number(statOf(pid)[1]) }]
      : [],
  );
}

export function isAlive(pid: number): boolean {
  const state = statOf(pid)[0];
  return state !== undefined && state !== "" && state !== "Z";
}

function pids(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
