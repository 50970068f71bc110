import { resolve } from "node:path";
import { CordError } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { reservationModes, type ReservationMode } from "../../core/tab.ts";
import { configsOf, readConfig } from "./config.ts";
import { repositoryAt } from "./repository.ts";
import { realFolder } from "../../system/small-file.ts";

/** What a person wants of the tabs that work in a folder. */
export interface TabSettings {
  /** whether they are woken */
  isWoken: boolean;
  reservations: ReservationMode;
}

export const defaultTabSettings: TabSettings = { isWoken: true, reservations: "warn" };

/**
 * What the nearest `.cord/config.toml` upwards of a folder that has a `[tabs]` says: `wake` and `reservations`. Throws `usage` for
 * a config that is wrong.
 */
export function tabSettings(folder: string): TabSettings {
  const at = realFolder(folder) ?? resolve(folder);
  for (const { file } of configsOf(at, repositoryAt(at))) {
    const config = readConfig(file);
    if (Object.hasOwn(config, "tabs")) return settingsIn(Reflect.get(config, "tabs"), file);
  }
  return defaultTabSettings;
}

/** What becomes of an edit of a reserved file, for a hook, which has nobody to tell of a config that is wrong: undefined then. */
export function reservationModeIn(folder: string): ReservationMode | undefined {
  try {
    return tabSettings(folder).reservations;
  } catch {
    return undefined;
  }
}

function settingsIn(tabs: unknown, file: string): TabSettings {
  if (!isJsonObject(tabs)) throw new CordError("usage", `${file}: [tabs] must be a table.`);
  const { wake = "on", reservations = defaultTabSettings.reservations } = tabs;
  if (wake !== "on" && wake !== "off")
    throw new CordError("usage", `${file}: wake in [tabs] must be "on" or "off".`);
  const mode = reservationModes.find((one) => one === reservations);
  if (mode === undefined)
    throw new CordError(
      "usage",
      `${file}: reservations in [tabs] must be one of ${reservationModes.map((one) => JSON.stringify(one)).join(", ")}.`,
    );
  return { isWoken: wake === "on", reservations: mode };
}
