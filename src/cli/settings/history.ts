import { historyDefaults, type HistorySettings } from "../../core/history.ts";
import { userSettingsFile } from "../../system/cord-folder.ts";
import { readSettingsText } from "./file.ts";
import type { Setting } from "./settings.ts";

const keys = ["keep", "outputs"] as const satisfies (keyof HistorySettings)[];

/** How much of what has been is kept, and who says so: the user's own file alone, since it is of all projects. */
export function historyAsSettings(): Setting[] {
  const file = userSettingsFile();
  const said = file === null ? [] : readSettingsText(file.text).history;
  return keys.map((key) => {
    const { value, text } = historyDefaults[key];
    const byDefault = { key: `history.${key}`, value, text, from: null, below: null };
    const entry = said.findLast((one) => one.key === key);
    if (file === null || entry === undefined) return byDefault;
    const { kept, line } = entry;
    return { ...byDefault, value: kept.value, text: kept.text, from: { file, line }, below: byDefault };
  });
}
