import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Service } from "../../core/about.ts";
import { CordError } from "../../core/error.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { askProgram, type AskProgram } from "../../system/ask-program.ts";
import { ownProgram } from "../../system/self.ts";

/** A daemon that is a service is started anew by its manager, and by nobody else: else that would know nothing of the new one. */

/** The command that has a service's manager start it anew. Another's is not the user's to rule, without root. */
export function restartCommand({ manager, name, of_user }: Service, uid = process.getuid?.() ?? 0): string[] {
  if (manager === "launchd")
    return [
      ...(of_user ? [] : ["sudo"]),
      "launchctl",
      "kickstart",
      "-k",
      `${of_user ? `gui/${uid}` : "system"}/${name}`,
    ];
  return of_user ? ["systemctl", "--user", "restart", name] : ["sudo", "systemctl", "restart", name];
}

export function restartLine(service: Service): string {
  return restartCommand(service)
    .map((word) => plain(shellWord(word)))
    .join(" ");
}

/** Whether its manager would start this very program: what a service runs is a path, at which an update puts another file. */
export function startsThisProgram({ program }: Service, own = ownProgram()): boolean {
  if (!isAbsolute(program)) return false;
  try {
    return realpathSync(program) === realpathSync(own);
  } catch {
    return false;
  }
}

/** Throws `failed` with what the manager says. */
export function restartService(service: Service, ask: AskProgram = askProgram): void {
  const { code, said } = ask(restartCommand(service));
  if (code === 0) return;
  const why = code === null ? "it could not be run" : plain(said).slice(0, 500) || `it exited with ${code}`;
  throw new CordError("failed", `${restartLine(service)} failed: ${why}.`);
}
