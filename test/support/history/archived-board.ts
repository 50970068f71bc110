import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPart } from "../../../src/server/history/archive-file.ts";
import { rollUp, type RolledUp } from "../../../src/server/history/roll-up.ts";
import type { Store } from "../../../src/store/store.ts";
import { inboxCursor } from "../../../src/store/lifecycle/inbox.ts";
import { noteDay } from "../../../src/store/tables/archives.ts";
import { moveCursor } from "../../../src/store/tables/cursors.ts";
import { lastSeq } from "../../../src/store/tables/events.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import { openRig, type Rig } from "../operations/rig.ts";

export const dayMs = 86_400_000;
export const keptMs = 90 * dayMs;

/** A board whose history is rolled up once a day, as a daemon does it. */
export interface ArchivedBoard extends Rig {
  folder: string;
  /** Lets so many days pass, on each of which the daemon is seen, and rolls up at the end of each. */
  live(days: number): Promise<RolledUp>;
  roll(drawnTo?: number | null): Promise<RolledUp>;
  seen(): Promise<void>;
}

export function archivedBoard(
  store?: Store,
  folder = join(temporaryDirectory("archive"), "history"),
): ArchivedBoard {
  const rig = openRig(store);
  rig.services.archive = { read: (part) => readPart(folder, part) };
  const board: ArchivedBoard = {
    ...rig,
    folder,
    async seen() {
      await rig.services.inbox.settled();
      await rig.store.write(async (tx) => {
        // a daemon saves it at its end, and every few hundred events
        await moveCursor(tx, inboxCursor, await lastSeq(tx));
        await noteDay(tx, rig.now());
      });
    },
    roll: (drawnTo = null) =>
      rollUp({
        store: rig.store,
        folder,
        keptMs,
        now: rig.now(),
        clock: () => 0,
        drawnTo,
        pause: async () => {},
      }),
    async live(days) {
      const sum: RolledUp = { tasks: 0, events: 0, files: 0, longestMs: 0 };
      for (let day = 0; day < days; day += 1) {
        rig.advance(dayMs);
        await board.seen();
        const done = await board.roll();
        sum.tasks += done.tasks;
        sum.events += done.events;
        sum.files += done.files;
      }
      return sum;
    },
  };
  return board;
}

/** All lines of an archive, as `zcat` gives them. */
export function archivedLines(
  folder: string,
): { task?: { id: string }; event?: { seq: number; task_id: string | null } }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .filter((name) => name.endsWith(".jsonl.gz"))
    .flatMap((name) => {
      const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(join(folder, name))));
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    });
}
