import { CordError } from "../../core/error.ts";
import { checkWritable, readPlace, type Place } from "./rooted-files.ts";
import { backupOf, digest, type InitRecord } from "./record.ts";
import type { Target } from "./targets.ts";

/** What is to happen to one file. `before` and `after` are undefined where there is no file. */
export interface Step {
  readonly target: Target;
  readonly status: Status;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What of the user's own stands where cord's part belongs, and stays; each a clause ("its … is another entry"). */
  readonly kept: readonly string[];
  /** Why it is refused, a clause about the file. */
  readonly refusal?: string;
}

export type Status = "create" | "change" | "delete" | "same" | "refused";

/** What init would do. Reads, and changes nothing. */
export function planInit(targets: readonly Target[], force: boolean): Step[] {
  return targets.map((target) =>
    guarded(target, () => {
      const before = readPlace(target.place)?.text;
      const { text, kept } = target.edit.put(before, force);
      return step(target, before, text, kept);
    }),
  );
}

/** What --remove would do: of what the record names, or without a record, of all that reads as cord's. */
export function planRemove(
  targets: readonly Target[],
  record: InitRecord | undefined,
  force: boolean,
): Step[] {
  return targets.map((target) =>
    guarded(target, () => {
      const present = readPlace(target.place)?.text;
      const noted = target.scope === "project" ? record?.files[target.place.path] : undefined;
      const isOurs =
        noted !== undefined || (target.edit.isNamed && (record === undefined || target.scope === "user"));
      if (present === undefined || !isOurs) return step(target, present, present);
      const before = noted?.created === true ? undefined : earlierText(target);
      if (isAsInitLeftIt(target, present, before, noted)) return step(target, present, before);
      const { text, kept } = target.edit.take(present, force, before);
      const isGone =
        before === undefined && kept.length === 0 && text !== present && target.edit.isBare(text);
      return step(target, present, isGone ? undefined : text, kept);
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
  return readPlace(backupPlace(target))?.text;
}

/** A project's backups lie in its .cord; a user's file has its own beside it, since it may hold secrets of other projects. */
export function backupPlace({ place, scope }: Target): Place {
  return scope === "project"
    ? backupOf(place.root, place.path)
    : { root: place.root, path: `${place.path}.cord-backup` };
}

function step(
  target: Target,
  before: string | undefined,
  after: string | undefined,
  kept: readonly string[] = [],
): Step {
  const status =
    before === after ? "same" : before === undefined ? "create" : after === undefined ? "delete" : "change";
  if (status !== "same") checkWritable(target.place);
  return { target, status, before, after, kept };
}

function guarded(target: Target, plan: () => Step): Step {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    const text = textOf(target.place);
    return { target, status: "refused", before: text, after: text, kept: [], refusal: error.message };
  }
}

/** What stands there, as far as it can be read. */
function textOf(place: Place): string | undefined {
  try {
    return readPlace(place)?.text;
  } catch {
    return undefined;
  }
}
