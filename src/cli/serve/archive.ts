import { CordError, messageOf } from "../../core/error.ts";
import { historyFolder } from "../../client/paths.ts";
import { userSettingsFile } from "../../system/cord-folder.ts";
import { historySettings } from "../../system/history-settings.ts";
import type { ArchiveSettings } from "../../server/history/history.ts";

/** What a daemon with this database is told of its archive. A file that cannot be read takes nothing away: that is told as a trouble. */
export async function archiveSettings(database: string): Promise<ArchiveSettings | undefined> {
  if (database === ":memory:") return undefined;
  const folder = historyFolder(database);
  try {
    const { value } = historySettings().keep;
    return { folder, keptMs: Number.isFinite(value) ? value : null, trouble: null };
  } catch (error) {
    const why = (await faultIn()) ?? messageOf(error);
    const trouble = `${why} Until that is mended and the daemon is restarted, all of the history is kept.`;
    return { folder, keptMs: null, trouble };
  }
}

/** The first fault of the user's file, with its line; null where the file cannot be read at all. Its parser is loaded only then. */
async function faultIn(): Promise<string | null> {
  try {
    const { readSettingsText } = await import("../settings/file.ts");
    const file = userSettingsFile();
    const [fault] = file === null ? [] : readSettingsText(file.text).faults;
    return file === null || fault === undefined ? null : `${file.path}:${fault.line}: ${fault.text}`;
  } catch (error) {
    if (error instanceof CordError) return null;
    throw error;
  }
}
