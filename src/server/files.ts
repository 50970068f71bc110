import { resolve } from "node:path";
import { RecentEdits, RecentlyTold } from "../core/recent-edits.ts";
import type { Files } from "../operations/files/disk.ts";
import { isFolder, Places, type Place } from "../system/places.ts";

/** A hook waits 150 ms in all: a disk that does not answer is not waited for longer. */
const withinMs = 100;

export function filesFor(monotonic: () => number): Files {
  const edits = new RecentEdits();
  const told = new RecentlyTold();
  return {
    places: (paths, folder) => {
      const places = new Places();
      const asTheyRead = paths.map((path) => asItReads(path, folder));
      return soon(Promise.all(paths.map((path) => places.at(path, folder))), asTheyRead);
    },
    checkoutOf: (folder) =>
      soon(new Places().checkoutOf(folder), {
        top: resolve(folder),
        isRepository: false,
        ignoresCase: false,
      }),
    isFolder: (path) => soon(isFolder(path), false),
    edited: (file, agent) => edits.note(file, agent, monotonic()),
    isNews: (agent, what) => told.isNews(`${agent}\n${what}`, monotonic()),
  };
}

function asItReads(path: string, folder: string): Place {
  const named = resolve(folder, path);
  return { named, real: named, top: null, ignoresCase: false };
}

async function soon<T>(found: Promise<T>, otherwise: T): Promise<T> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<T>();
  const timer = setTimeout(giveUp, withinMs, otherwise);
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}
