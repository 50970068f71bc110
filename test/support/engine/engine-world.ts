import { join } from "node:path";
import { createClient, type Client } from "../../../src/client/client.ts";
import type { Event } from "../../../src/core/event.ts";
import { Engine } from "../../../src/engine/engine.ts";
import type { EngineOptions } from "../../../src/engine/engine-options.ts";
import { startDaemon, type Daemon } from "../../../src/server/daemon.ts";
import { claudeEnv } from "../claude/claude.ts";
import { say, startModel, type Model, type Script } from "../claude/model.ts";
import { runOptions } from "../run-options.ts";
import { startMachine, type Machine } from "../machine/machine.ts";

/** A daemon, a scripted model and a run, for engines of this process with graces of the test's. */

export const graces = {
  afterComplete: 5_000,
  afterResult: 500,
  term: 500,
  busy: 10,
  reset: 10,
  pace: 10,
  background: 5_000,
  comeBack: 500,
  synthesis: 60_000,
  siblings: 100,
};

export interface World extends Pick<Machine, "env" | "bin" | "program" | "processes"> {
  client: Client;
  daemon: Daemon;
  model: Model;
  runId: string;
  /** of the run */
  options: EngineOptions["options"];
  /** of the run, as its engines heard of them */
  events: Event[];
  notices: string[];
  progress: string[];
  /** Starts an engine on the run. */
  engine(some?: Partial<EngineOptions>): Promise<Engine>;
  /** Resolves with the first event, of those still to come, that matches. */
  next(matches: (event: Event) => boolean): Promise<Event>;
}

export const started: { stop(): Promise<void> }[] = [];

/** Ends what the tests of a file have started; for its afterEach. */
export async function endStarted(): Promise<void> {
  for (const one of started.splice(0).toReversed()) await one.stop();
}

export async function world(script: Script = () => say("Not scripted.")): Promise<World> {
  const model = await startModel(script);
  const { home, env, bin, program, processes, kill } = await startMachine((home) => claudeEnv(model, home));
  const daemon = startDaemon({
    hostname: "127.0.0.1",
    port: 0,
    database: ":memory:",
    token: "t".repeat(64),
    open: false,
    exposed: false,
    idleExitSeconds: null,
    started: "hand",
    vault: null,
  });
  started.push({ stop: kill }, daemon, model);
  const client = createClient({ url: daemon.url, token: "t".repeat(64) });
  const options = { ...runOptions, isolate: true };
  const { run_id: runId } = await client.call("runs/create", { goal: "A goal", options });
  const waiting = new Set<(event: Event) => void>();
  const events: Event[] = [];
  const [notices, progress]: string[][] = [[], []];
  return {
    client,
    daemon,
    model,
    env,
    bin,
    program,
    processes,
    runId,
    options,
    events,
    notices: notices ?? [],
    progress: progress ?? [],
    async engine(some = {}) {
      const snapshot = await client.call("runs/get", { run_id: runId });
      return new Engine({
        client,
        daemonRetries: { retryMs: { min: 10, max: 10 }, timeoutMs: 50 },
        runId,
        snapshot,
        options,
        cwd: home,
        folder: join(home, "attempts"),
        env,
        graces,
        onEvent: (event) => {
          events.push(event);
          for (const look of waiting) look(event);
        },
        onProgress: (_, { notice }) => void (notice && progress?.push(notice)),
        onNotice: (text) => void notices?.push(text),
        ...some,
      });
    },
    next: (matches) =>
      new Promise((resolve) => {
        const look = (event: Event) => {
          if (!matches(event)) return;
          waiting.delete(look);
          resolve(event);
        };
        waiting.add(look);
      }),
  };
}
