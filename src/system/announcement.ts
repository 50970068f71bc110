import { lstatSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { Service, Started } from "../core/about.ts";
import { replaceFile } from "./durable-file.ts";
import { makePrivate, refuseOther } from "./private-file.ts";
import { isSameProcess } from "./process-identity.ts";
import { randomHex } from "./secret.ts";
import { readOwn } from "./small-file.ts";

/** What the daemon that has a database says of itself in a file beside it, for those who find the database taken. */
export type Announcement = z.infer<typeof Announcement>;
const Announcement = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  bootId: z.string(),
  url: z.string().refine((url) => URL.canParse(url)),
  database: z.string(),
  /** the folder of its notes; null for none */
  vault: z.string().nullable(),
  /** the prefixes of the URLs to which it delivers; daemons before 0.3 had none */
  pushTo: z.array(z.string()).optional(),
  started: Started,
  /** what starts it again; daemons before 0.2 do not say */
  service: Service.nullable().optional(),
  /** where its token was kept; null: it was handed to it */
  tokenFile: z.string().nullable(),
  version: z.string(),
});

/**
 * The path of a file that belongs to a database: beside the database file itself, not beside a link to it, so that it
 * is the same file whatever name the database is opened by.
 */
export function besideDatabase(database: string, ending: string): string {
  return `${realPath(database)}.${ending}`;
}

/** Follows no link, and replaces the file that was there at once: nobody sees none, or half of one. Throws `failed` for a folder. */
export function announce(said: Announcement): void {
  const file = besideDatabase(said.database, ending);
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) refuseOther(file);
  const own = `${file}.${randomHex(6)}`;
  try {
    makePrivate(own, `${JSON.stringify(said)}\n`);
    replaceFile(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

export function withdraw(database: string): void {
  rmSync(besideDatabase(database, ending), { force: true });
}

/** Who said last that it has the database; it may have died since (`isAlive`). Null: nobody, or nothing that can be read. */
export function announcedOf(database: string): Announcement | null {
  try {
    const said = readOwn(besideDatabase(database, ending), maxBytes)?.toString() ?? "";
    return Announcement.safeParse(JSON.parse(said)).data ?? null;
  } catch {
    return null;
  }
}

/** Whether the very process that said so still runs. */
export function isAlive(said: Announcement): boolean {
  return isSameProcess(said);
}

const ending = "address";
const maxBytes = 16_384;

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet; its folder is.
  }
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
