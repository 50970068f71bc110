import { fstatSync, readFileSync } from "node:fs";

/**
 * Whether the command was started with stdout closed. Bun opens /dev/null in its place, so that no other file gets
 * the number 1. Only a file that this process opened itself is closed at an exec; an inherited one is not. macOS shows nobody
 * that flag but by a system call that Bun has none for, and on Windows a program without an output is an everyday thing: there
 * what is printed is lost without a word.
 */
export function isStdoutClosed(platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== "linux") return false;
  try {
    if (!fstatSync(1).isCharacterDevice()) return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/fdinfo/1", "utf8"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return false;
  }
}

/** O_CLOEXEC as Linux shows it in fdinfo, proc(5). */
const closeOnExec = 0o2000000;
