import { createHash } from "node:crypto";

/** The vault's folders of notes. */
export const groups = ["tasks", "agents", "decisions", "runs"] as const;
export type Group = (typeof groups)[number];

/**
 * How much of its id a note's name may hold; the first free name is used. Ids begin with the time, and those of one
 * minute share their first 8 characters: of two tasks with the same minute and name, the later takes more of its id.
 */
const idLengths = [8, 13, 18, 23, 36] as const;
/** With the date, a whole id and the extension a name stays under 120 bytes. */
const slugBytes = 60;

/** The names a note may have, the best first: `2026-11-21-fix-login-0198c2f1`. */
export function candidates(at: string, name: string, id: string): string[] {
  const slug = slugOf(name);
  const stem = slug === "" ? at.slice(0, 10) : `${at.slice(0, 10)}-${slug}`;
  const safeId = id.replace(/[^0-9a-zA-Z-]/g, "-");
  return [...new Set(idLengths.map((length) => `${stem}-${safeId.slice(0, length)}`))];
}

/**
 * The name of an agent's note: the agent's id where that is a plain name, else a slug with a hash of the id.
 * It depends on nothing but the id, and no id can be chosen to get another's name.
 */
export function agentNoteName(id: string): string {
  if (plainName.test(id) && !specialName.test(id)) return id;
  const hash = createHash("sha256")
    .update(id.toWellFormed())
    .update(id, "utf16le")
    .digest("hex")
    .slice(0, 16);
  return `${slugOf(id) || "agent"}-${hash}`;
}

/** Lower case only: to some file systems A and a are one. */
const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** What Windows reserves, what reads as a task's note, and what ends as a hash does. */
const specialName = /^(?:con|prn|aux|nul|com\d|lpt\d|readme)$|^\d{4}-\d\d-\d\d|(?:^|-)[0-9a-f]{16}$/;

/** Letters and digits of any script, with single hyphens between; never longer than slugBytes. */
function slugOf(text: string): string {
  const words = text
    .toWellFormed()
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "-");
  let slug = "";
  let bytes = 0;
  for (const character of words.replace(/^[-\p{M}]+/u, "")) {
    bytes += Buffer.byteLength(character);
    if (bytes > slugBytes) break;
    slug += character;
  }
  return slug.replace(/-+$/, "");
}
