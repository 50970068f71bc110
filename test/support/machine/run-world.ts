import { followEvents } from "../../../src/client/events.ts";
import type { Event } from "../../../src/core/event.ts";
import { claudeEnv, claudePath } from "../claude/claude.ts";
import { say, startModel, type Model, type Script, type Turn } from "../claude/model.ts";
import type { Reply } from "../claude/reply.ts";
import { until } from "../until.ts";
import type { Running } from "./command.ts";
import { startMachine, type Machine } from "./machine.ts";
import { isDaemon, signal, type Found } from "./processes.ts";

/**
 * A machine for runs: a scripted model stands behind the real Claude Code. The commands that still run at a test's end are
 * killed; nothing else that was started, but for the daemon, may be alive by then.
 */
export interface World extends Machine, AsyncDisposable {
  model: Model;
  /** Puts a shell script in the place of `claude`; "$REAL" is the real one. */
  wrapClaude(script: string): void;
  /** Resolves with the first event of the daemon, past or future, that matches, once there is a daemon. */
  event(matches: (event: Event) => boolean): Promise<Event>;
  /** What is alive of agents and their shims. */
  agents(): Found[];
  daemon(): Found;
}

/** Far below what a test may take, which a test that has failed has used up already. */
const endWithinMs = 60_000;

export async function runWorld(script: Script = () => say("Not scripted.")): Promise<World> {
  const model = await startModel(script);
  const machine = await startMachine((home) => claudeEnv(model, home));
  const running: Running[] = [];
  const daemonIsThere = () => until("the daemon", () => machine.daemons().length > 0);
  const startIn: Machine["startIn"] = (folder, ...args) => {
    const command = machine.startIn(folder, ...args);
    running.push(command);
    return command;
  };
  const start: Machine["start"] = (...args) => startIn(machine.cwd, ...args);
  return {
    ...machine,
    start,
    startIn,
    cord: (...args) => start(...args).ended,
    model,
    agents: () => machine.processes().filter(({ attempt }) => attempt !== ""),
    daemon() {
      const [daemon] = machine.daemons();
      if (daemon === undefined) throw new Error("No daemon runs.");
      return daemon;
    },
    wrapClaude: (script) => machine.program("claude", `REAL=${claudePath()}\n${script}`),
    async event(matches) {
      const quit = new AbortController();
      for await (const event of followEvents(machine.client, {}, 0, quit.signal, daemonIsThere)) {
        if (!matches(event)) continue;
        quit.abort();
        return event;
      }
      throw new Error("The daemon's events ended.");
    },
    async [Symbol.asyncDispose]() {
      for (const command of running) await command.kill();
      await model.stop();
      await nothingLeft(machine);
      if (model.scriptErrors.length > 0)
        throw new Error(`The script threw: ${String(model.scriptErrors[0])}`);
    },
  };
}

/**
 * A script by node: "#2" is said in the work phase, "#1 synthesis" in the other, turn by turn or by a script of its own.
 * One that has said all says its last text again, or that it is done.
 */
export function roles(table: Readonly<Record<string, readonly Reply[] | Script>>): Script {
  return (turn) => {
    // a costly usage has the agent compact its conversation, and the prompt is gone from it
    if (turn.node === null && turn.prompt.includes("continued from a previous conversation"))
      return say("Done.");
    const name = turn.phase === "synthesis" ? `${turn.node} synthesis` : String(turn.node);
    const role = table[name];
    if (role === undefined) throw new Error(`No role for ${name}.`);
    return typeof role === "function" ? role(turn) : (role[turn.stepSincePrompt] ?? lastText(role));
  };
}

function lastText(role: readonly Reply[]): Reply {
  const last = role.at(-1);
  return last !== undefined && "text" in last ? last : say("Done.");
}

/** The turns of one node, in order. */
export function turnsOf({ requests }: Model, node: string, phase: Turn["phase"] = "work") {
  return requests.filter((turn) => turn.node === node && turn.phase === phase);
}

/** The daemon goes last: what still runs would start another. */
export async function nothingLeft({ processes, kill }: Machine): Promise<void> {
  try {
    await until("the end of all but the daemon", () => processes().every(isDaemon), {
      withinMs: endWithinMs,
    });
    for (const { pid } of processes()) signal(pid, "SIGTERM");
    await until("the end of the daemon", () => processes().length === 0, { withinMs: endWithinMs });
  } catch {
    const names = processes().map(({ pid, argv }) => `${pid} ${argv.join(" ").slice(0, 200)}`);
    await kill();
    // a test that has failed already shows nothing of what is thrown here
    console.error(`Left behind:\n${names.join("\n")}`);
    throw new Error(`Left behind:\n${names.join("\n")}`);
  }
}
