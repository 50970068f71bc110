import type { Folder } from "./folder.ts";
import { headOf } from "./markdown.ts";
import { candidates, type Group } from "./names.ts";

/** Which note is whose. */
export interface NotePaths {
  /** The note of a task or run that began so, without its extension; null if every name it may have is someone else's. */
  pathFor(group: Group, about: { id: string; at: string; name: string }): Promise<string | null>;
  known(id: string): string | undefined;
}

const maxKept = 50_000;

/**
 * The names are stored in the folder itself: a note's head says whose it is. When names are asked for in the order in
 * which things began, the answers are the same after a restart and in a vault that is drawn anew. The maps here only
 * save reading.
 */
export function createNotePaths(folder: Folder): NotePaths {
  const pathOf = new Map<string, string>();
  const ownerOf = new Map<string, string>();

  async function isFor(path: string, id: string): Promise<boolean> {
    const owner = ownerOf.get(path);
    if (owner !== undefined) return owner === id;
    return (await folder.inspect(`${path}.md`, headOf(id))) !== "foreign";
  }

  return {
    known: (id) => pathOf.get(id),
    pathFor: async (group, { id, at, name }) => {
      const kept = pathOf.get(id);
      if (kept !== undefined) return kept;
      for (const candidate of candidates(at, name, id)) {
        const path = `${group}/${candidate}`;
        if (!(await isFor(path, id))) continue;
        if (pathOf.size >= maxKept) forgetOldest();
        pathOf.set(id, path);
        ownerOf.set(path, id);
        return path;
      }
      return null;
    },
  };

  /** A note that has a name but is not written yet must not be forgotten: those are among the newest. */
  function forgetOldest(): void {
    for (const [id, path] of [...pathOf].slice(0, maxKept / 2)) {
      pathOf.delete(id);
      ownerOf.delete(path);
    }
  }
}
