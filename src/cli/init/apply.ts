import { dirname } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import type { ClientId } from "./clients.ts";
import { deleteEmptyFolders, deletePlace, readPlace, writePlace } from "./rooted-files.ts";
import { backupPlace, earlierText, type Step } from "./plan.ts";
import { backupFolder, deleteRecord, digest, readRecord, writeRecord, type InitRecord } from "./record.ts";

/**
 * Does what the steps say. The backup and the record are written before the file, so a crash in between leaves an init that
 * --remove can undo. A step that fails becomes refused, the others are done.
 */
export function applyInit(root: string, steps: readonly Step[], clients: readonly ClientId[]): Step[] {
  const todo = steps.filter(({ status }) => status === "create" || status === "change");
  if (todo.length === 0) return [...steps];
  const earlier = readRecord(root);
  let record: InitRecord = {
    version: 1,
    clients: [...new Set([...(earlier?.clients ?? []), ...clients])],
    files: earlier?.files ?? {},
    folders: earlier?.folders ?? [],
  };
  writeRecord(root, record);
  return steps.map((step) => {
    const { after } = step;
    const { place, scope } = step.target;
    if (!todo.includes(step) || after === undefined) return step;
    return attempted(step, () => {
      const noted = scope === "project" ? keepEarlier(step, after, record) : keepBeside(step);
      if (noted !== undefined) writeRecord(root, (record = withFile(record, place.path, noted)));
      const folders = writePlace(place, after);
      if (scope === "project" && folders.length > 0) {
        writeRecord(root, (record = { ...record, folders: [...new Set([...record.folders, ...folders])] }));
      }
    });
  });
}

/** Undoes what the steps say, and deletes backups and the record when nothing of them is needed any more. */
export function applyRemove(root: string, steps: readonly Step[], clients: readonly ClientId[]): Step[] {
  const record = readRecord(root);
  const done = steps.map((step) => {
    if (step.status === "same" || step.status === "refused") return step;
    return attempted(step, () => {
      if (step.after === undefined) deleteFile(root, step, record);
      else writePlace(step.target.place, step.after);
    });
  });
  const undone = done.filter(({ status, kept }) => status !== "refused" && kept.length === 0);
  for (const { target } of undone) {
    const backup = backupPlace(target);
    deletePlace(backup);
    if (target.scope === "project") deleteEmptyFolders({ root, path: dirname(backup.path) }, backupFolder);
  }
  if (record !== undefined) {
    const gone = new Set(undone.map(({ target }) => target.place.path));
    const files = Object.fromEntries(Object.entries(record.files).filter(([path]) => !gone.has(path)));
    if (Object.keys(files).length === 0) deleteRecord(root);
    else
      writeRecord(root, { ...record, files, clients: record.clients.filter((id) => !clients.includes(id)) });
  }
  return done;
}

function deleteFile(root: string, { target }: Step, record: InitRecord | undefined): void {
  deletePlace(target.place);
  const folder = dirname(target.place.path);
  const isOurs = record === undefined || record.folders.includes(folder);
  if (target.scope === "project" && isOurs) deleteEmptyFolders({ root, path: folder }, ".");
}

type Noted = InitRecord["files"][string];

/** Keeps what the file was before the first init, and says how the record is to speak of it. */
function keepEarlier(step: Step, after: string, record: InitRecord): Noted {
  const { target, before } = step;
  const noted = record.files[target.place.path];
  if (noted !== undefined && before !== undefined) {
    if (noted.after === digest(before)) return { ...noted, after: digest(after) };
    // Edited since. If cord's part is still in it, there is no earlier text to go back to, but there is one to look at.
    if (target.edit.take(before, true, earlierText(target)).text !== before) return { ...noted, after: null };
  }
  if (before === undefined) deletePlace(backupPlace(target));
  else writePlace(backupPlace(target), before, readPlace(target.place)?.mode);
  return { created: before === undefined, after: digest(after) };
}

function keepBeside({ target, before }: Step): undefined {
  if (before === undefined || target.edit.take(before, true, undefined).text !== before) return undefined;
  writePlace(backupPlace(target), before, readPlace(target.place)?.mode);
  return undefined;
}

/** The file may have changed since the plan was made, while a person looked at it. */
function attempted(step: Step, act: () => void): Step {
  try {
    if (readPlace(step.target.place)?.text !== step.before) {
      throw new CordError("conflict", "it changed while cord init was at work; run it again");
    }
    act();
    return step;
  } catch (error) {
    const bySystem = error instanceof Error && "syscall" in error;
    if (!(error instanceof CordError) && !bySystem) throw error;
    const refusal =
      error instanceof CordError ? error.message : `it could not be written (${messageOf(error)})`;
    return { ...step, status: "refused", refusal };
  }
}

function withFile(record: InitRecord, path: string, noted: Noted): InitRecord {
  return { ...record, files: { ...record.files, [path]: noted } };
}
