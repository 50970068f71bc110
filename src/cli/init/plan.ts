import { CordError } from "../../core/error.ts";
import { checkWritable, readText, type RootedPath } from "./rooted-files.ts";
import { backupOf, digest, type InitRecord } from "./record.ts";
import type { Target } from "./targets.ts";

/** What is to happen to one file. `before` and `after` are undefined where there is no file. */
export interface PlannedEdit {
  readonly target: Target;
  readonly status: Status;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What of the user's own stands where cord's part belongs, and stays; each a clause ("its … is another entry"). */
  readonly kept: readonly string[];
  /** Why it is refused, a clause about the file. */
  readonly refusal?: string;
  /** Does it, where it takes more than to write `after`. */
  readonly act?: () => void;
}

type Status = "create" | "change" | "delete" | "same" | "refused";

/** What init would do. Reads, and changes nothing. */
export function planInit(targets: readonly Target[], force: boolean): PlannedEdit[] {
  const edits = targets.map((target) =>
    guarded(target, () => {
      const before = readText(target.file)?.text;
      const { text, kept } = target.edit.put(before, force);
      return plannedEdit(target, before, text, kept);
    }),
  );
  const refused = new Set(
    edits.filter(({ status }) => status === "refused").map(({ target }) => target.shown),
  );
  return edits.map((planned) => {
    const { needs } = planned.target;
    if (needs === undefined || !refused.has(needs)) return planned;
    const refusal = `its hooks ask the server, which could not be put into ${needs}`;
    return { ...planned, status: "refused", after: planned.before, kept: [], refusal };
  });
}

/** What --remove would do: of what the record names, or without a record, of all that reads as cord's. */
export function planRemove(
  targets: readonly Target[],
  record: InitRecord | undefined,
  force: boolean,
): PlannedEdit[] {
  return targets.map((target) =>
    guarded(target, () => {
      const present = readText(target.file)?.text;
      const noted = target.scope === "project" ? record?.files[target.file.path] : undefined;
      const isOurs =
        noted !== undefined || (target.edit.isNamed && (record === undefined || target.scope === "user"));
      if (present === undefined || !isOurs) return plannedEdit(target, present, present);
      const before = noted?.created === true ? undefined : earlierText(target);
      if (isAsInitLeftIt(target, present, before, noted)) return plannedEdit(target, present, before);
      const { text, kept } = target.edit.take(present, force, before);
      const isGone =
        before === undefined && kept.length === 0 && text !== present && target.edit.isBare(text);
      return plannedEdit(target, present, isGone ? undefined : text, kept);
    }),
  );
}

/** True when nobody edited the file since init, so that the bytes of before can come back. */
function isAsInitLeftIt(
  { edit, scope }: Target,
  present: string,
  before: string | undefined,
  noted: InitRecord["files"][string] | undefined,
): boolean {
  if (noted !== undefined) return noted.after === digest(present) && (noted.created || before !== undefined);
  return (scope === "project" || before !== undefined) && edit.put(before, true).text === present;
}

/** The text as it was before init, where a backup of it is kept. */
export function earlierText(target: Target): string | undefined {
  return readText(backupOfTarget(target))?.text;
}

/** A project's backups lie in its .cord; a user's file has its own beside it, since it may hold secrets of other projects. */
export function backupOfTarget({ file, scope }: Target): RootedPath {
  return scope === "project"
    ? backupOf(file.root, file.path)
    : { root: file.root, path: `${file.path}.cord-backup` };
}

function plannedEdit(
  target: Target,
  before: string | undefined,
  after: string | undefined,
  kept: readonly string[] = [],
): PlannedEdit {
  const status =
    before === after ? "same" : before === undefined ? "create" : after === undefined ? "delete" : "change";
  if (status !== "same") checkWritable(target.file);
  return { target, status, before, after, kept };
}

function guarded(target: Target, plan: () => PlannedEdit): PlannedEdit {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    const text = textOf(target.file);
    return { target, status: "refused", before: text, after: text, kept: [], refusal: error.message };
  }
}

/** What stands there, as far as it can be read. */
function textOf(file: RootedPath): string | undefined {
  try {
    return readText(file)?.text;
  } catch {
    return undefined;
  }
}
