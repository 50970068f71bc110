import envPaths from "env-paths";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { CordError } from "../core/error.ts";

/** What of the user's is kept where, on Linux below the home folder. */
const kinds = {
  data: { xdg: "XDG_DATA_HOME", below: [".local", "share"] },
  config: { xdg: "XDG_CONFIG_HOME", below: [".config"] },
} as const;

/**
 * Where cord keeps the user's data, or finds what the user has set: `~/.local/share/cord` and `~/.config/cord` on Linux,
 * elsewhere where the system wants them. A relative XDG variable is ignored, as the XDG base directory specification says:
 * otherwise each directory would have data of its own.
 */
export function userFolder(kind: keyof typeof kinds): string {
  const found = envPaths("cord", { suffix: "" })[kind];
  const home = homedir();
  const { xdg, below } = kinds[kind];
  if (isAbsolute(found)) return found;
  if (isAbsolute(home)) return join(home, ...below, "cord");
  throw new CordError(
    "usage",
    `HOME is ${home === "" ? "empty" : `${home}, which is no absolute path`}, so cord does not know where to keep its files. Set HOME, or ${xdg}, to a folder that you can write.`,
  );
}
