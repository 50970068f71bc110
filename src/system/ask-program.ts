import { environment } from "./environment.ts";

/** How a program of the system's ended. */
export interface ProgramAnswer {
  /** null: there is no such program, or it did not end in time */
  code: number | null;
  /** what it said on both outputs: text of others */
  said: string;
}

export type AskProgram = (argv: readonly string[]) => ProgramAnswer;

/** Runs a program of the system's to its end, of half a minute at most. */
export const askProgram: AskProgram = (argv) => {
  try {
    // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
    const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], {
      env: { ...environment, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: withinMs,
      maxBuffer: maxBytes,
      windowsHide: true,
    });
    return { code: exitCode, said: `${stdout.toString()}${stderr.toString()}`.trim() };
  } catch {
    return { code: null, said: "" };
  }
};

const withinMs = 30_000;
const maxBytes = 65_536;
