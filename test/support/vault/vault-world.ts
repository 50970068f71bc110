import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceOver } from "../../../src/server/vault.ts";
import { keepVault, type Vault, type VaultOptions } from "../../../src/vault/keeper.ts";
import type { Source } from "../../../src/vault/source.ts";
import { openRig, textField, type Rig } from "../operations/rig.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import { pathsBelow } from "../paths-below.ts";

/** The real operations and a real folder. Ids and times are the same in every run. */
export interface VaultWorld {
  rig: Rig;
  source: Source;
  path: string;
  complaints: string[];
  /** Starts a keeper that is woken by each commit, as the daemon's is. */
  keep(options?: Partial<VaultOptions>): Vault;
  /** Sends a task and returns its id. */
  send(task: object): Promise<string>;
  /** All notes by their paths, and what their text is. */
  notes(path?: string): Record<string, string>;
  /** The notes of a vault that is drawn from the first event on. */
  drawnAnew(): Promise<Record<string, string>>;
}

export function vaultWorld(): VaultWorld {
  const rig = openRig();
  let ids = 0;
  rig.services.newId = () => {
    ids += 1;
    const time = rig.now().toString(16).padStart(12, "0");
    const count = ids.toString(16).padStart(15, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3, 6)}-${count.slice(3)}`;
  };
  const path = join(temporaryDirectory("vault"), "notes");
  const source = sourceOver(rig.store);
  const complaints: string[] = [];
  const notes = (folder = path) =>
    Object.fromEntries(filesUnder(folder).map((file) => [file, read(folder, file)]));
  const keep = (options: Partial<VaultOptions> = {}) => {
    const vault = keepVault({
      path,
      source,
      complain: (sentence) => void complaints.push(sentence),
      restMs: 0,
      retryMs: { min: 1, max: 5 },
      ...options,
    });
    rig.store.onCommit(() => vault.wake());
    return vault;
  };
  return {
    rig,
    source,
    path,
    complaints,
    keep,
    send: async (task) => textField(await rig.call("tasks/send", task), "id"),
    notes,
    drawnAnew: async () => {
      const folder = temporaryDirectory("anew");
      const vault = keep({ path: folder });
      await vault.settled();
      await vault.stop();
      return notes(folder);
    },
  };
}

/** Notes as one text, for a golden file. */
export function shown(notes: Record<string, string>): string {
  return Object.entries(notes)
    .filter(([path]) => path !== "README.md")
    .map(([path, text]) => `=== ${path}\n${text}`)
    .join("\n");
}

function filesUnder(folder: string): string[] {
  return pathsBelow(folder).filter(
    (path) => !path.startsWith(".cord") && lstatSync(join(folder, path)).isFile(),
  );
}

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
