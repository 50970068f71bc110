import { dirname } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import type { ClientId } from "./clients.ts";
import { deleteEmptyFolders, removeFile, readText, writeText } from "./rooted-files.ts";
import { backupOfTarget, earlierText, type PlannedEdit } from "./plan.ts";
import { backupFolder, deleteRecord, digest, readRecord, writeRecord, type InitRecord } from "./record.ts";

/**
 * Does what the edits say. The backup and the record are written before the file, so a crash in between leaves an init that
 * --remove can undo. An edit that fails becomes refused, the others are done.
 */
export function applyInit(
  root: string,
  edits: readonly PlannedEdit[],
  clients: readonly ClientId[],
): PlannedEdit[] {
  const todo = edits.filter(({ status }) => status === "create" || status === "change");
  if (todo.length === 0) return [...edits];
  const earlier = readRecord(root);
  let record: InitRecord = {
    version: 1,
    clients: [...new Set([...(earlier?.clients ?? []), ...clients])],
    files: earlier?.files ?? {},
    folders: earlier?.folders ?? [],
    ...(earlier?.guard || todo.some(({ act }) => act) ? { guard: true } : {}),
  };
  writeRecord(root, record);
  return edits.map((planned) => {
    const { after, act } = planned;
    if (act !== undefined) return attempted(planned, act);
    const { file, scope } = planned.target;
    if (!todo.includes(planned) || after === undefined) return planned;
    return attempted(planned, () => {
      const noted = scope === "project" ? keepEarlier(planned, after, record) : keepBeside(planned);
      if (noted !== undefined) writeRecord(root, (record = withFile(record, file.path, noted)));
      const folders = writeText(file, after);
      if (scope === "project" && folders.length > 0) {
        writeRecord(root, (record = { ...record, folders: [...new Set([...record.folders, ...folders])] }));
      }
    });
  });
}

/** Undoes what the edits say, and deletes backups and the record when nothing of them is needed any more. */
export function applyRemove(
  root: string,
  edits: readonly PlannedEdit[],
  clients: readonly ClientId[],
): PlannedEdit[] {
  const record = readRecord(root);
  const done = edits.map((planned) => {
    if (planned.status === "same" || planned.status === "refused") return planned;
    if (planned.act !== undefined) return attempted(planned, planned.act);
    return attempted(planned, () => {
      if (planned.after === undefined) deleteFile(root, planned, record);
      else writeText(planned.target.file, planned.after);
    });
  });
  const undone = done.filter(
    ({ status, kept, act }) => status !== "refused" && kept.length === 0 && act === undefined,
  );
  for (const { target } of undone) {
    const backup = backupOfTarget(target);
    removeFile(backup);
    if (target.scope === "project") deleteEmptyFolders({ root, path: dirname(backup.path) }, backupFolder);
  }
  if (record !== undefined) {
    const gone = new Set(undone.map(({ target }) => target.file.path));
    const files = Object.fromEntries(Object.entries(record.files).filter(([path]) => !gone.has(path)));
    const { guard, ...rest } = record;
    // it serves every client, and goes with all that init did
    const kept = guard === true && clients.length > 0 ? { ...rest, guard } : rest;
    if (Object.keys(files).length === 0 && !("guard" in kept)) deleteRecord(root);
    else writeRecord(root, { ...kept, files, clients: record.clients.filter((id) => !clients.includes(id)) });
  }
  return done;
}

function deleteFile(root: string, { target }: PlannedEdit, record: InitRecord | undefined): void {
  removeFile(target.file);
  const folder = dirname(target.file.path);
  const isOurs = record === undefined || record.folders.includes(folder);
  if (target.scope === "project" && isOurs) deleteEmptyFolders({ root, path: folder }, ".");
}

type Noted = InitRecord["files"][string];

/** Keeps what the file was before the first init, and says how the record is to speak of it. */
function keepEarlier(planned: PlannedEdit, after: string, record: InitRecord): Noted {
  const { target, before } = planned;
  const noted = record.files[target.file.path];
  if (noted !== undefined && before !== undefined) {
    if (noted.after === digest(before)) return { ...noted, after: digest(after) };
    // Edited since. If cord's part is still in it, there is no earlier text to go back to, but there is one to look at.
    if (target.edit.take(before, true, earlierText(target)).text !== before) return { ...noted, after: null };
  }
  if (before === undefined) removeFile(backupOfTarget(target));
  else writeText(backupOfTarget(target), before, readText(target.file)?.mode);
  return { created: before === undefined, after: digest(after) };
}

function keepBeside({ target, before }: PlannedEdit): undefined {
  if (before === undefined || target.edit.take(before, true, undefined).text !== before) return undefined;
  writeText(backupOfTarget(target), before, readText(target.file)?.mode);
  return undefined;
}

/** The file may have changed since the plan was made, while a person looked at it. */
function attempted(planned: PlannedEdit, act: () => void): PlannedEdit {
  try {
    if (planned.act === undefined && readText(planned.target.file)?.text !== planned.before) {
      throw new CordError("conflict", "it changed while cord init was at work; run it again");
    }
    act();
    return planned;
  } catch (error) {
    const bySystem = error instanceof Error && "syscall" in error;
    if (!(error instanceof CordError) && !bySystem) throw error;
    const refusal =
      error instanceof CordError ? error.message : `it could not be written (${messageOf(error)})`;
    return { ...planned, status: "refused", refusal };
  }
}

function withFile(record: InitRecord, path: string, noted: Noted): InitRecord {
  return { ...record, files: { ...record.files, [path]: noted } };
}
