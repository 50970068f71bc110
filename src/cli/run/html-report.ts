import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Client } from "../../client/client.ts";
import { keptFolder } from "../../client/kept-folder.ts";
import { dataFolder } from "../../client/paths.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { RunSnapshot } from "../../core/run.ts";
import { openFile } from "../../engine/process/open-file.ts";
import { reportPage } from "../../report/page.ts";
import { print, tell } from "../output.ts";
import { collectReport } from "./collect.ts";

interface Wanted {
  /** where it is written; null: only to be opened. "-" is stdout */
  file: string | null;
  open: boolean;
  /** by the wall clock */
  now: number;
}

/** Writes a run's report as one page, of a run that is still open too. Throws `failed` when it cannot be written. */
export async function writePage(
  client: Client,
  snapshot: RunSnapshot,
  { file, open, now }: Wanted,
): Promise<void> {
  const page = reportPage(await collectReport(client, snapshot, now));
  if (file === "-") return print(page);
  const path = file === null ? join(pagesFolder(), pageName(snapshot)) : resolve(file);
  write(path, page);
  if (!open) return print(path);
  const why = await openFile(path);
  if (why !== null) tell(`The page could not be opened: ${why}. Open it yourself:`);
  return print(path);
}

/** The page's name where the person gives none. */
export function pageName({ run }: RunSnapshot): string {
  return `cord-report-${shortRun(run.id)}.html`;
}

/** A name that could be a run's would be taken for the page's: a page says that it is one. Throws `usage`. */
export function pageFile(name: string): string {
  if (name === "-" || /\.html?$/i.test(basename(name))) return name;
  throw new CordError(
    "usage",
    `cord report: the page ${JSON.stringify(name)} must end in .html. If it is a run, name it first: cord report ${name} --html`,
  );
}

/** Where pages are that are only opened: the newest few, each of some megabytes, with room for one more. */
function pagesFolder(): string {
  const folder = keptFolder(join(dataFolder(), "reports"));
  const pages = readdirSync(folder)
    .filter((name) => /^cord-report-[\w-]+\.html$/.test(name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  for (const { path } of pages.toSorted((one, other) => other.at - one.at).slice(maxPages - 1))
    rmSync(path, { force: true });
  return folder;
}

const maxPages = 20;

function write(path: string, page: string): void {
  try {
    // it holds prompts and what agents have read
    writeFileSync(path, page, { mode: 0o600 });
  } catch (error) {
    throw new CordError(
      "failed",
      `The page could not be written: ${messageOf(error)}. Name another file: cord report --html FILE.html`,
      {
        cause: error,
      },
    );
  }
}
