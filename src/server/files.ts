import { resolve } from "node:path";
import { CordError } from "../core/error.ts";
import { RecentEdits, RecentlyTold } from "../core/recent-edits.ts";
import { plain } from "../core/text.ts";
import type { Files } from "../operations/files/disk.ts";
import { isFolder, Places, type Place } from "../system/places.ts";
import { within } from "./within.ts";

/** What no hook waits for is waited for so long. */
const timeoutMs = 5000;

export function filesFor(monotonic: () => number): Files {
  const edits = new RecentEdits();
  const told = new RecentlyTold();
  return {
    async places(paths, folder, withinMs) {
      const places = new Places();
      const found = await within(withinMs, Promise.all(paths.map((path) => places.at(path, folder))));
      return found ?? paths.map((path) => asItReads(path, folder));
    },
    async checkoutOf(folder) {
      const found = await within(timeoutMs, new Places().checkoutOf(folder));
      if (found !== null) return found;
      throw new CordError("unavailable", `The disk of ${plain(folder)} does not answer. Try again.`);
    },
    isFolder: async (path) => (await within(timeoutMs, isFolder(path))) ?? false,
    edited: (file, editor) => edits.note(file, editor, monotonic()),
    isNews: (agent, what) => told.isNews(`${agent}\n${what}`, monotonic()),
  };
}

function asItReads(path: string, folder: string): Place {
  const named = resolve(folder, path);
  return { named, real: named, top: null, ignoresCase: false };
}
