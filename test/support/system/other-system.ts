import type { System } from "../../../src/system/system.ts";
import type { Windows } from "../../../src/system/windows.ts";

/** What the programs of a system print, by the command line; anything else is no program there. */
export function systemThatPrints(
  platform: NodeJS.Platform,
  outputs: Readonly<Record<string, string>>,
): System & { asked: string[] } {
  const asked: string[] = [];
  return {
    platform,
    asked,
    run: (argv) => {
      asked.push(argv.join(" "));
      return outputs[argv.join(" ")] ?? "";
    },
    windows: () => {
      throw new Error("this is no Windows");
    },
  };
}

/** A Windows that tells what is given of it, and of all else nothing. */
export function windowsThatTells(told: Partial<Windows>): System & { asked: string[] } {
  return {
    ...systemThatPrints("win32", {}),
    windows: () => ({
      startOf: () => null,
      programOf: () => "",
      commandLineOf: () => "",
      parents: () => new Map(),
      tcpListeners: () => null,
      bootNumber: () => null,
      isRemoteDrive: () => false,
      ...told,
    }),
  };
}
