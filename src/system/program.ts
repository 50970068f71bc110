import { environment } from "./environment.ts";

/**
 * The path of a program on PATH; null: it is not there. To be asked before anything is started by name in a folder of others:
 * Windows itself looks in the current folder first, so that a stranger's repository could bring a git.exe of its own. There a
 * batch file is no program, either: cmd would read its arguments as commands, however they are quoted.
 */
export function programOnPath(
  name: string,
  path: string = environment.PATH ?? "",
  platform: NodeJS.Platform = process.platform,
  find: (name: string, on: { PATH: string }) => string | null = Bun.which,
): string | null {
  const found = find(name, { PATH: path });
  return found !== null && (platform !== "win32" || /\.(?:exe|com)$/i.test(found)) ? found : null;
}
