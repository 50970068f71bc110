import { CordError } from "../core/error.ts";
import { historyDefaults, readHistory, type HistorySettings } from "../core/history.ts";
import { userSettingsFile } from "./cord-folder.ts";

/** What the user's own config.toml says of what is kept. Throws `invalid` for a file that cannot be read, or says what cannot be. */
export function historySettings(): HistorySettings {
  const own = userSettingsFile();
  if (own === null) return historyDefaults;
  return readHistory(Reflect.get(tomlOf(own), "history"), own.path);
}

function tomlOf({ path, text }: { path: string; text: string }): object {
  try {
    return Bun.TOML.parse(text);
  } catch {
    throw new CordError("invalid", `${path} is not TOML. "cord config" says where.`);
  }
}
