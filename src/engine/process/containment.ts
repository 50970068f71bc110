import { adoptOrphans } from "./subreaper.ts";
import { PsFamily } from "./ps-family.ts";
import { processesByPs } from "./ps-table.ts";
import { psView, survivors, unixSignals, type Signals } from "./survivors.ts";
import { killTree } from "./windows-tree.ts";
import { enterJob, hearInterrupts, interruptConsole, kernel32 } from "./windows-job.ts";

/** How a shim holds on to all that its agent starts, and ends it. */
export interface Containment extends Signals {
  /** The agent runs, under this pid. */
  started(agent: number): void;
  /** All of the attempt's processes but this one. */
  others(): number[];
}

/** What it asks of the system. A test brings its own. */
export interface ContainmentParts {
  kernel32: typeof kernel32;
  killTree: typeof killTree;
  processesByPs: typeof processesByPs;
  kill(pid: number): void;
}

const systemParts: ContainmentParts = { kernel32, killTree, processesByPs, kill: unixSignals.kill };

/**
 * Holds what is started from now on; so it is called before the agent starts, which may hide at once.
 *
 * - Linux: this process adopts whatever loses its parent, so that all is found below it, and by its marker.
 * - Windows: a job object, which nothing leaves. Nothing there is like TERM: what a console's programs hear is Ctrl-C.
 * - macOS and others: nobody adopts orphans there. What is below this process or in its group is found, and so is what a look
 *   has seen below it while its parents lived, with its groups; see PsFamily.
 */
export function contain(
  attempt: string,
  platform: NodeJS.Platform = process.platform,
  parts: ContainmentParts = systemParts,
): Containment {
  switch (platform) {
    case "linux": {
      const reapOrphans = adoptOrphans();
      return { ...unixSignals, started: reapOrphans, others: () => survivors(process.pid, attempt) };
    }
    case "win32":
      return containInJob(parts);
    default: {
      const family = new PsFamily(process.pid, attempt);
      return {
        ...unixSignals,
        started: () => void setInterval(() => family.look(parts.processesByPs()), lookEveryMs).unref(),
        others: () => family.look(parts.processesByPs(psView(platform))),
      };
    }
  }
}

/** A look costs some 20 ms of a core; a shell of an agent, which leads a group of its own, mostly lives longer. */
const lookEveryMs = 5_000;

/**
 * Where there is no job, `taskkill /T` ends what descends from the agent while that lives. Weaker: of an agent that has ended by
 * itself nothing is found any more.
 */
function containInJob({ kernel32, killTree, kill }: ContainmentParts): Containment {
  const kernel = kernel32();
  const job = kernel && enterJob(kernel);
  if (kernel !== null) hearInterrupts(kernel);
  let agent: number | null = null;
  let isAsked = false;
  return {
    started: (pid) => {
      agent = pid;
    },
    others: () => {
      if (job !== null) return job.members().filter((pid) => pid !== process.pid);
      return agent !== null && isThere(agent) ? [agent] : [];
    },
    // all of them hear it, once: to many programs a second Ctrl-C says "at once"
    term: () => {
      if (kernel !== null && !isAsked) interruptConsole(kernel);
      isAsked = true;
    },
    kill: job === null ? killTree : kill,
  };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
