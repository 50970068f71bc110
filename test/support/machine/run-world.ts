import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Client } from "../../../src/client/client.ts";
import { followEvents } from "../../../src/client/events.ts";
import { daemonToken } from "../../../src/client/token.ts";
import type { Event } from "../../../src/core/event.ts";
import { cordBinary } from "./binary.ts";
import { claudeEnv, claudePath } from "../claude/claude.ts";
import { start, type Finished, type Running } from "./command.ts";
import { say, startModel, type Model, type Script, type Turn } from "../claude/model.ts";
import type { Reply } from "../claude/reply.ts";
import { freePort } from "./free-port.ts";
import { temporaryDirectory } from "./temporary.ts";
import { until } from "../until.ts";

/**
 * A machine of its own for runs of the compiled binary: home, project, data, daemon's address, and a scripted model behind the
 * real Claude Code. All that it starts has its data folder in its environment; at its end nothing that has may be alive.
 */
export interface World extends AsyncDisposable {
  /** the project that commands run in */
  cwd: string;
  url: string;
  /** of all commands; may be changed before one is started */
  env: Record<string, string>;
  binary: string;
  model: Model;
  token: string;
  /** the daemon, as a person with its token calls it */
  client: Client;
  /** Starts a command that is left running. */
  start(...args: string[]): Running;
  /** Runs a command to its end. */
  cord(...args: string[]): Promise<Finished>;
  /** Puts a shell script in the place of `claude`; "$REAL" is the real one. */
  wrapClaude(script: string): void;
  /** Resolves with the first event of the daemon, past or future, that matches, once there is a daemon. */
  event(matches: (event: Event) => boolean): Promise<Event>;
  /** what is alive of all that was started here */
  processes(): Found[];
  /** the same, of agents and their shims only */
  agents(): Found[];
  daemon(): Found;
}

export interface Found {
  pid: number;
  argv: string[];
  /** of an agent's processes run/node/epoch, else empty */
  marker: string;
}

export async function runWorld(script: Script = () => say("Not scripted.")): Promise<World> {
  const folder = temporaryDirectory("world");
  const [home, cwd, bin] = [join(folder, "home"), join(folder, "project"), join(folder, "bin")];
  for (const path of [home, cwd, bin]) mkdirSync(path);
  const binary = await cordBinary();
  const model = await startModel(script);
  const url = `http://127.0.0.1:${await freePort()}/`;
  const data = join(home, "data");
  const env: Record<string, string> = {
    ...claudeEnv(model, home),
    CORD_URL: url,
    XDG_DATA_HOME: data,
  };
  const running: Running[] = [];
  const token = daemonToken(join(data, "cord/token"));
  const client = createClient({ url, token });
  const processes = () => processesOf(data);
  const daemonIsThere = () => until("the daemon", () => processes().some(isDaemon));

  const world: World = {
    cwd,
    url,
    env,
    binary,
    model,
    token,
    client,
    processes,
    agents: () => processes().filter(({ marker }) => marker !== ""),
    daemon() {
      const daemon = processes().find(isDaemon);
      if (daemon === undefined) throw new Error("No daemon runs.");
      return daemon;
    },
    start(...args) {
      const command = start([binary, ...args], { cwd, env });
      running.push(command);
      return command;
    },
    cord: (...args) => world.start(...args).ended,
    wrapClaude(script) {
      const path = join(bin, "claude");
      writeFileSync(path, `#!/bin/sh\nREAL=${claudePath()}\n${script}\n`);
      chmodSync(path, 0o755);
      if (!env["PATH"]?.startsWith(bin)) env["PATH"] = `${bin}:${env["PATH"] ?? ""}`;
    },
    async event(matches) {
      const quit = new AbortController();
      for await (const event of followEvents(client, {}, 0, quit.signal, daemonIsThere)) {
        if (!matches(event)) continue;
        quit.abort();
        return event;
      }
      throw new Error("The daemon's events ended.");
    },
    async [Symbol.asyncDispose]() {
      for (const command of running) await command.kill();
      await model.stop();
      await nothingLeft(processes);
      if (model.scriptErrors.length > 0)
        throw new Error(`The script threw: ${String(model.scriptErrors[0])}`);
    },
  };
  return world;
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
async function nothingLeft(processes: () => Found[]): Promise<void> {
  try {
    await until("the end of all but the daemon", () => processes().every(isDaemon));
    for (const { pid } of processes()) process.kill(pid, "SIGTERM");
    await until("the end of the daemon", () => processes().length === 0);
  } catch {
    const left = processes();
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    const names = left.map(({ pid, argv }) => `${pid} ${argv.join(" ").slice(0, 200)}`).join("\n");
    // a test that has failed already shows nothing of what is thrown here
    console.error(`Left behind:\n${names}`);
    throw new Error(`Left behind:\n${names}`);
  }
}

function isDaemon({ argv }: Found): boolean {
  return argv[1] === "serve";
}

function processesOf(data: string): Found[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const environ = Number.isInteger(pid) ? read(pid, "environ") : "";
    const argv = `\0${environ}`.includes(`\0XDG_DATA_HOME=${data}\0`)
      ? read(pid, "cmdline").split("\0").slice(0, -1)
      : [];
    const marker = /(?:^|\0)CORD_ATTEMPT=([^\0]*)/.exec(environ)?.[1] ?? "";
    return argv.length === 0 ? [] : [{ pid, argv, marker }];
  });
}

/** Empty for a zombie, and for one that is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
