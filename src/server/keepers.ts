import type { About } from "../core/about.ts";
import { CordError } from "../core/error.ts";
import type { Archive } from "../operations/context.ts";
import type { Store } from "../store/store.ts";
import type { DaemonClock } from "./clock.ts";
import { complain } from "./complaints.ts";
import { readPart } from "./history/archive-file.ts";
import { History, type ArchiveSettings } from "./history/history.ts";
import { startVault } from "./vault.ts";

/** What is kept of the log beside it: the vault, and the archive, which takes nothing that the vault has yet to draw. */
export interface Keepers {
  start(): void;
  /** How long the history is kept; undefined where nobody says. */
  history(): About["history"];
  archive: Archive;
  stop(): Promise<void>;
}

interface Kept {
  vault: string | null;
  history?: ArchiveSettings;
}

export function keepersOf({ vault: path, history }: Kept, store: Store, clock: DaemonClock): Keepers {
  let vault: ReturnType<typeof startVault> | null = null;
  let archive: History | null = null;
  return {
    start() {
      vault = path === null ? null : startVault(store, path, complain);
      const drawnTo = () => (vault === null ? null : vault.drawnTo());
      if (history !== undefined) archive = new History({ ...history, store, clock, drawnTo, complain });
    },
    history() {
      if (history === undefined) return undefined;
      const { folder, keptMs } = history;
      const kept_seconds = keptMs === null ? null : Math.round(keptMs / 1000);
      return { folder, kept_seconds, trouble: archive?.trouble() ?? history.trouble };
    },
    archive: {
      read: (part) => {
        if (history === undefined) throw new CordError("not_found", "This daemon keeps no archive.");
        return readPart(history.folder, part);
      },
    },
    async stop() {
      await archive?.stop();
      await vault?.stop();
    },
  };
}
