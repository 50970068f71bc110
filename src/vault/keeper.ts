import { messageOf } from "../core/error.ts";
import { withoutFullStop } from "../core/wording.ts";
import { keepPosition, readPosition, stateFolder, type Position } from "./cursor.ts";
import { openFolder } from "./folder.ts";
import { groups } from "./names.ts";
import { createNotePaths } from "./note-paths.ts";
import { project, type Drawing } from "./projection.ts";
import { readme, readmeHead } from "./readme.ts";
import type { Source } from "./source.ts";

export interface VaultOptions {
  path: string;
  source: Source;
  /** told when the vault starts to fail, and when it is well again */
  complain(sentence: string): void;
  /** how long to let events gather before they are drawn */
  restMs?: number;
  retryMs?: { min: number; max: number };
}

export interface Vault {
  /** Says that there are new events. Costs nothing to the one who says so. */
  wake(): void;
  /** Resolves when all that was said so far is drawn, or the vault has stopped. */
  settled(): Promise<void>;
  /** The seq of the last event that is drawn; 0 as long as the folder could not be opened. */
  drawnTo(): number;
  /** Draws what is left of one batch, and ends. The rest is drawn after the next start. */
  stop(): Promise<void>;
}

const batchSize = 500;
const defaultRestMs = 50;
const defaultRetryMs = { min: 1000, max: 60_000 };

/**
 * Keeps the vault up to date with the events, at its own pace: nothing waits for it, it reads only when woken, and a
 * folder that fails is retried at growing intervals. It begins with what happened while it was away.
 */
export function keepVault(options: VaultOptions): Vault {
  const { restMs = defaultRestMs, retryMs = defaultRetryMs } = options;
  const complaints = oncePerSentence(options);
  const waiters: (() => void)[] = [];
  let batches: (() => Promise<number>) | null = null;
  let timer: NodeJS.Timeout | null = null;
  let working: Promise<void> | null = null;
  let news = true;
  /** the last batch was full: there is likely more */
  let behind = false;
  let failures = 0;
  let stopped = false;
  let drawnTo = 0;

  function arm(ms: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      working = work().finally(() => {
        working = null;
        if ((news || behind) && !stopped) arm(pauseMs());
        else for (const settle of waiters.splice(0)) settle();
      });
    }, ms);
  }

  async function work(): Promise<void> {
    try {
      batches ??= await openVault(options, complaints.say, (seq) => void (drawnTo = seq));
      news = false;
      behind = (await batches()) === batchSize;
      if (failures > 0) recovered();
    } catch (error) {
      batches = null;
      behind = false;
      news = true;
      failures += 1;
      complaints.say(`${withoutFullStop(messageOf(error))}. Tasks go on without it; it is tried again.`);
    }
  }

  function recovered(): void {
    failures = 0;
    complaints.forget();
    complaints.say("it is written again.");
    complaints.forget();
  }

  function pauseMs(): number {
    if (failures > 0) return Math.min(retryMs.max, retryMs.min * 2 ** (failures - 1));
    return behind ? 0 : restMs;
  }

  arm(0);
  return {
    wake: () => {
      news = true;
      if (!working && !stopped) arm(restMs);
    },
    drawnTo: () => drawnTo,
    settled: () => new Promise((resolve) => (timer || working ? waiters.push(resolve) : resolve())),
    stop: async () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      timer = null;
      await working;
      if (news && failures === 0) await work();
      for (const settle of waiters.splice(0)) settle();
    },
  };
}

/** Opens the vault, and returns what draws its next batch and says how many events that held. */
async function openVault(
  { path, source }: VaultOptions,
  complain: (sentence: string) => void,
  drawn: (seq: number) => void,
): Promise<() => Promise<number>> {
  const folder = await openFolder(path, stateFolder);
  const folders = [stateFolder, ...groups];
  await folder.prepare(folders);
  for (const name of await folder.list(stateFolder))
    if (name.startsWith("new-")) await folder.remove(`${stateFolder}/${name}`);
  if ((await folder.inspect("README.md", readmeHead)) !== "foreign") await folder.write("README.md", readme);
  const drawing: Drawing = { folder, notes: createNotePaths(folder), source, complain };
  let position: Position = await readPosition(folder, source);
  drawn(position.seq);
  return async () => {
    const events = await source.events(position.seq, batchSize);
    const [first, ...rest] = events;
    if (!first) return 0;
    await folder.prepare(folders);
    await project(drawing, events);
    await folder.flush(groups);
    position = await keepPosition(folder, position, [first, ...rest]);
    drawn(position.seq);
    return events.length;
  };
}

const maxRemembered = 1000;

interface Complaints {
  say(sentence: string): void;
  forget(): void;
}

/** A folder that fails says so once, not at each try. */
function oncePerSentence({ path, complain }: VaultOptions): Complaints {
  const said = new Set<string>();
  return {
    say: (sentence) => {
      if (said.has(sentence)) return;
      if (said.size >= maxRemembered) said.clear();
      said.add(sentence);
      complain(`vault ${path}: ${sentence}`);
    },
    forget: () => said.clear(),
  };
}
