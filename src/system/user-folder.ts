import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import type { Environment } from "../core/environment.ts";
import { CordError } from "../core/error.ts";
import { environment } from "./environment.ts";

type Kind = "data" | "config";

/** Whose folders they are: by the system, the user's home and variables. */
export interface Home {
  platform: NodeJS.Platform;
  home: string;
  env: Environment;
}

const variables = { data: "XDG_DATA_HOME", config: "XDG_CONFIG_HOME" } as const;

/**
 * Where cord keeps the user's data, or finds what the user has set: `~/.local/share/cord` and `~/.config/cord` on Linux,
 * elsewhere where the system wants them. An XDG variable that is set counts on every system, since whoever set it meant it;
 * a relative one is ignored, as the XDG base directory specification says: otherwise each directory would have data of its own.
 */
export function userFolder(kind: Kind, at: Home = here()): string {
  const { isAbsolute, join } = pathsOf(at.platform);
  const wished = at.env[variables[kind]] ?? "";
  if (isAbsolute(wished)) return join(wished, "cord");
  const found = applicationFolder(kind, "cord", at);
  if (isAbsolute(found)) return found;
  const { home } = at;
  const variable = at.platform === "win32" ? "USERPROFILE" : "HOME";
  throw new CordError(
    "usage",
    `${variable} is ${home === "" ? "empty" : `${home}, which is no absolute path`}, so cord does not know where to keep its files. Set ${variable}, or ${variables[kind]}, to a folder that you can write.`,
  );
}

/**
 * Where the system wants an application's files. macOS: Apple's File System Programming Guide. Windows, whose folders within
 * an application's are its own affair: %LOCALAPPDATA% for what stays on the machine, %APPDATA% for what roams with its user.
 */
export function applicationFolder(kind: Kind, name: string, { platform, home, env }: Home = here()): string {
  const { join } = pathsOf(platform);
  switch (platform) {
    case "darwin":
      return join(home, "Library", kind === "data" ? "Application Support" : "Preferences", name);
    case "win32":
      return kind === "data"
        ? join(env.LOCALAPPDATA || join(home, "AppData", "Local"), name, "Data")
        : join(env.APPDATA || join(home, "AppData", "Roaming"), name, "Config");
    default:
      return kind === "data" ? join(home, ".local", "share", name) : join(home, ".config", name);
  }
}

function here(): Home {
  return { platform: process.platform, home: homedir(), env: environment };
}

function pathsOf(platform: NodeJS.Platform) {
  return platform === "win32" ? win32 : posix;
}
