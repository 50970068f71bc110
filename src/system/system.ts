import { environment } from "./environment.ts";
import { windowsHere, type Windows } from "./windows.ts";

/**
 * The system under cord, for what each tells in another way. A function whose way differs takes one as its last parameter:
 * by it a test on Linux holds the ways of macOS and Windows.
 */
export interface System {
  readonly platform: NodeJS.Platform;
  /** What a program of the system's prints; empty where there is none, or it fails or takes too long. */
  run(argv: readonly string[]): string;
  windows(): Windows;
}

export const thisSystem: System = { platform: process.platform, run: output, windows: windowsHere };

/**
 * Its words are compared and parsed, so they are English, and its times are UTC: else a process that was seen from another
 * time zone would seem to be another one.
 */
function output(argv: readonly string[]): string {
  try {
    // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
    const { exitCode, stdout } = Bun.spawnSync([...argv], {
      env: { ...environment, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: withinMs,
      maxBuffer: maxBytes,
      windowsHide: true,
    });
    return exitCode === 0 ? stdout.toString() : "";
  } catch {
    return "";
  }
}

const withinMs = 5000;
const maxBytes = 8_388_608;
