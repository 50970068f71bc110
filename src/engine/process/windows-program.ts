import { win32 } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { environment } from "../../system/environment.ts";

/**
 * The path of a program of Windows itself. By its path, because the system looks for a name in the current folder first: a
 * repository may hold a cmd.exe of its own.
 */
export function windowsProgram(name: string, env: Environment = environment): string {
  return win32.join(env.SystemRoot ?? "C:\\Windows", "System32", name);
}
