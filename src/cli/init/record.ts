import { z } from "zod";
import { clientIds } from "./clients.ts";
import {
  deleteEmptyFolders,
  removeFile,
  namesIn,
  readText,
  writeText,
  type RootedPath,
} from "./rooted-files.ts";

/**
 * What cord init did to a project, kept in .cord/init so that --remove can undo it: this record, and in backup/ each
 * changed file as it was before. The folder tells git to ignore it, so the project's own .gitignore is not changed.
 *
 * It lies in the project, so a stranger's repository can contain one. So it may only name files that cord init itself
 * could have written: readers look these up by name, and take no path from it.
 */
const InitRecord = z.object({
  version: z.literal(1),
  clients: z.array(z.enum(clientIds)),
  /** By path in the project. after: SHA-256 of what init wrote; null when the file had been edited between two inits. */
  files: z.record(z.string(), z.object({ created: z.boolean(), after: z.string().nullable() })),
  /** Folders that init made; --remove deletes those on the way to a file that it deletes, once they are empty. */
  folders: z.array(z.string()),
  /** git's pre-commit hook was to have cord's lines */
  guard: z.literal(true).optional(),
});

export type InitRecord = z.infer<typeof InitRecord>;

export const initFolder = ".cord/init";
export const backupFolder = `${initFolder}/backup`;

/** The record of the project, or undefined where there is none, or none that makes sense. */
export function readRecord(root: string): InitRecord | undefined {
  const found = readText({ root, path: `${initFolder}/record.json` });
  if (found === undefined) return undefined;
  try {
    return InitRecord.parse(JSON.parse(found.text));
  } catch {
    return undefined;
  }
}

export function writeRecord(root: string, record: InitRecord): void {
  writeText({ root, path: ".cord/.gitignore" }, ignored);
  writeText({ root, path: `${initFolder}/record.json` }, `${JSON.stringify(record, null, 2)}\n`);
}

/** All but what a project says of itself for everyone who has it. */
const ignored = "*\n!config.toml\n";

/** Deletes the record, and the folder with it unless something else lives there. */
export function deleteRecord(root: string): void {
  removeFile({ root, path: `${initFolder}/record.json` });
  deleteBareFolder(root);
}

/** Deletes the folder of cord in a project when nothing but its .gitignore is in it. */
export function deleteBareFolder(root: string): void {
  deleteEmptyFolders({ root, path: backupFolder }, ".");
  const ignore: RootedPath = { root, path: ".cord/.gitignore" };
  if (namesIn({ root, path: ".cord" }).join() !== ".gitignore" || readText(ignore)?.text !== ignored) return;
  removeFile(ignore);
  deleteEmptyFolders({ root, path: ".cord" }, ".");
}

/** Where the earlier text of a project's file is kept. */
export function backupOf(root: string, path: string): RootedPath {
  return { root, path: `${backupFolder}/${path}` };
}

export function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
