import { resolve } from "node:path";
import { CordError } from "../core/error.ts";
import { RecentEdits, RecentlyTold } from "../core/recent-edits.ts";
import { plain } from "../core/text.ts";
import type { Files } from "../operations/files/disk.ts";
import { isFolder, Places, type Place } from "../system/places.ts";

/** What no hook waits for is waited for so long. */
const withinMs = 5000;

export function filesFor(monotonic: () => number): Files {
  const edits = new RecentEdits();
  const told = new RecentlyTold();
  return {
    async places(paths, folder, within) {
      const places = new Places();
      const found = await soon(Promise.all(paths.map((path) => places.at(path, folder))), within);
      return found ?? paths.map((path) => asItReads(path, folder));
    },
    async checkoutOf(folder) {
      const found = await soon(new Places().checkoutOf(folder), withinMs);
      if (found !== null) return found;
      throw new CordError("unavailable", `The disk of ${plain(folder)} does not answer. Try again.`);
    },
    isFolder: async (path) => (await soon(isFolder(path), withinMs)) ?? false,
    edited: (file, editor) => edits.note(file, editor, monotonic()),
    isNews: (agent, what) => told.isNews(`${agent}\n${what}`, monotonic()),
  };
}

function asItReads(path: string, folder: string): Place {
  const named = resolve(folder, path);
  return { named, real: named, top: null, ignoresCase: false };
}

/** Null: it takes longer. */
async function soon<T>(found: Promise<T>, withinMs: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, withinMs, null);
  try {
    return await Promise.race([found, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
