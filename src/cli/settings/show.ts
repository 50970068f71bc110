import { homedir } from "node:os";
import { sep } from "node:path";
import { plain } from "../../core/text.ts";
import { isTrusted, trust } from "../../system/trusted-files.ts";
import { outputLook, print, printJson, tell } from "../output.ts";
import { command as run } from "../run.ts";
import { table, type Column } from "../table.ts";
import { demandLine, demandsOf } from "./demands.ts";
import { historyAsSettings } from "./history.ts";
import { settingsIn, type Setting } from "./settings.ts";

interface How {
  trust: boolean;
  json: boolean;
}

/** A setting as it is shown. */
interface Shown {
  key: string;
  value: string;
  from: "default" | "user" | "project";
  file: string | null;
  line: number | null;
  /** what a project's file may not do on its own, and has not been agreed to; null: nothing */
  needs_trust: string | null;
}

/** Prints what holds in a folder, and from where. */
export async function showSettings(folder: string, how: How): Promise<void> {
  const settings = [...settingsIn(folder, run).values(), ...historyAsSettings()].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const demands = demandsOf(settings);
  if (how.trust) {
    for (const { setting } of demands) {
      if (setting.from === null || isTrusted(setting.from.file)) continue;
      trust(setting.from.file);
      tell(`Agreed to ${plain(setting.from.file.path)} as it is now.`);
    }
    if (demands.length === 0)
      tell("The settings here neither raise nor run anything: there is nothing to agree to.");
  }
  const open = demands.filter(({ setting: { from } }) => from !== null && !isTrusted(from.file));
  const says = new Map(open.map((demand) => [demand.setting, demand.says]));
  const shown = settings.map((setting) => shownOf(setting, says.get(setting) ?? null));
  if (how.json) return printJson(shown);
  await print(table(columns, shown, outputLook()));
  for (const demand of open) tell(demandLine(demand));
  if (open.length > 0) tell("You have not agreed to that yet: cord config --trust");
}

function shownOf({ key, text, from }: Setting, needs_trust: string | null): Shown {
  const where = { file: from?.file.path ?? null, line: from?.line ?? null };
  return { key, value: text, from: from?.file.owner ?? "default", ...where, needs_trust };
}

const columns: readonly Column<Shown>[] = [
  { title: "Key", rank: 1, cell: ({ key }) => key },
  { title: "Value", rank: 2, min: 12, cell: ({ value }) => value },
  {
    title: "From",
    rank: 3,
    min: 10,
    cell: ({ from, file, line }) => (file === null ? from : `${fromHome(file)}:${line}`),
    tone: ({ needs_trust }) => (needs_trust === null ? undefined : "notice"),
  },
];

/** As people write it: a long path would be cut off, and its line with it. */
function fromHome(file: string): string {
  const home = `${homedir()}${sep}`;
  return file.startsWith(home) ? `~${sep}${file.slice(home.length)}` : file;
}
