import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { startClaude, type ClaudeProcess } from "../support/claude/claude-process.ts";
import { call, say, startModel, type Model, type ToolResult, type Turn } from "../support/claude/model.ts";
import { approveServers, claudeEnvIn, claudeProject } from "../support/clients/claude-project.ts";
import type { ClientWorld } from "../support/clients/clients.ts";
import { signal } from "../support/machine/processes.ts";
import { unsafe } from "../support/hostile.ts";
import { rpcClient } from "../support/rpc.ts";
import { followTab } from "../support/tabs.ts";
import { until } from "../support/until.ts";

/** What the real Claude Code may edit while another agent holds files, in a project that cord init prepared. */

setDefaultTimeout(180_000);

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

describe.each<ClaudeVersion>(["newest", "pinned"])("the %s Claude Code", (version) => {
  test("may not edit what another agent has reserved where the project says so, is told why and by whom, and may once it is free", async () => {
    const { world, write } = await opened(version, "enforce");
    await reserve(world, "src/**", "--why", "the new schema <b>of</b> \u001b[31mlogin");
    const { path, refused } = await refusal(write, "src/api");
    expect(refused.text).toContain(`/${path} is reserved by bob until `);
    expect(refused.text).toContain('"the new schema');
    expect(refused.text).not.toMatch(unsafe);
    expect(refused.text).not.toMatch(/[<>]/);
    expect(existsSync(join(world.project, path))).toBe(false);
    expect((await write("docs/a.md")).isError).toBe(false);

    await world.run(["cord", "unreserve", "--all", "--as", "bob"]);
    expect((await write(path)).isError).toBe(false);
    expect(readFileSync(join(world.project, path), "utf8")).toBe("written");
  });

  test("may edit it where the project does not say so, and its model is told whose it is", async () => {
    const { world, write, model } = await opened(version, "warn");
    await reserve(world, "src");
    const isTold = () => /src\/\d+\.ts is reserved by bob until /.test(heard(model));
    for (let count = 0; count < attempts && !isTold(); count += 1)
      expect((await write(`src/${count}.ts`)).isError).toBe(false);
    expect(isTold()).toBe(true);
  });

  test("is told nothing where the project wants no reservations", async () => {
    const { world, write, model } = await opened(version, "off");
    await reserve(world, "src");
    expect((await write("src/a.ts")).isError).toBe(false);
    expect(heard(model)).not.toContain("reserved by");
  });
});

test("what an agent held whose bridge is gone is kept from Claude Code until its lease ends, and free from then on", async () => {
  const { world, write } = await opened("newest", "enforce");
  const daemon = rpcClient(world.url, world.token);
  await world.run(["cord", "status"]);
  const holder = await followTab(daemon, { folder: world.project });
  const agentId = await holder.handle();
  await daemon.rpc("files/reserve", { agentId, folder: world.project, paths: ["src"], minutes: 1 });
  await holder.end();
  expect((await refusal(write, "src")).refused.text).toContain(`reserved by ${agentId} until`);
  // a daemon takes nobody for gone in its first minute, and renews a lease when half of it is over
  const isOver = async () => !JSON.stringify(await daemon.rpc("files/list")).includes(agentId);
  await until("the end of the lease", isOver, { everyMs: 500, withinMs: 150_000 });
  expect((await write("src/a.ts")).isError).toBe(false);
});

test("an edit of Claude Code goes on where the daemon hangs, and where it was killed", async () => {
  const { world, write } = await opened("newest", "enforce");
  await reserve(world, "src");
  await refusal(write, "src");
  const healthy = await fetch(`${world.url}healthz`);
  const { pid } = z.object({ pid: z.number() }).parse(await healthy.json());
  signal(pid, "SIGSTOP");
  expect((await write("src/b.ts")).isError).toBe(false);
  await world.killDaemon();
  expect((await write("src/c.ts")).isError).toBe(false);
  await world.run(["cord", "status"]);
  // the bridge finds the next one, and the reservation was durable
  await until("a refusal by the next daemon", async () => (await write("src/d.ts")).isError);
});

const attempts = 10;

/** On a busy machine a hook may be late, and says nothing then: so the first edit that is refused. */
async function refusal(
  write: Opened["write"],
  folder: string,
): Promise<{ path: string; refused: ToolResult }> {
  for (let count = 0; count < attempts; count += 1) {
    const path = `${folder}/${count}.ts`;
    const refused = await write(path);
    if (refused.isError) return { path, refused };
  }
  throw new Error("No edit was refused.");
}

interface Opened {
  world: ClientWorld;
  model: Model;
  /** Has Claude Code write a file, and gives what its model is told of that. */
  write(path: string): Promise<ToolResult>;
}

async function opened(version: ClaudeVersion, mode: string): Promise<Opened> {
  const world = await claudeProject();
  disposables.push(world);
  approveServers(world);
  mkdirSync(join(world.project, ".cord"), { recursive: true });
  writeFileSync(join(world.project, ".cord/config.toml"), `[tabs]\nreservations = "${mode}"\n`);
  const model = await startModel((turn) => {
    const path = wanted(turn);
    const isDone = turn.lastResults.length > 0;
    return isDone
      ? say("I have tried.")
      : call("Write", { file_path: join(world.project, path), content: "written" });
  });
  disposables.push({ [Symbol.asyncDispose]: () => model.stop() });
  const claude = startClaude({
    model,
    dir: world.project,
    env: claudeEnvIn(world),
    path: claudePath(version),
  });
  disposables.push({ [Symbol.asyncDispose]: () => ended(claude) });
  return {
    world,
    model,
    async write(path) {
      const count = model.requests.length;
      const turns = () => claude.lines.filter(({ type }) => type === "result").length;
      const before = turns();
      claude.send(`make the file ${path}`);
      const told = () => model.requests.slice(count).find(({ lastResults }) => lastResults.length > 0);
      // what its hooks say at the end of a turn has it go on, and write once more
      await until(`an end of writing ${path}`, () => told() !== undefined && turns() > before);
      const [result] = told()?.lastResults ?? [];
      if (result === undefined) throw new Error("There was no result.");
      return result;
    },
  };
}

async function ended(claude: ClaudeProcess): Promise<void> {
  claude.closeStdin();
  await claude.ended;
}

/** The path in the last thing that was said. */
function wanted({ messages }: Turn): string {
  return [...JSON.stringify(messages).matchAll(/make the file ([\w/]+\.\w+)/g)].at(-1)?.[1] ?? "";
}

async function reserve(world: ClientWorld, ...words: string[]): Promise<void> {
  const { code, err } = await world.run(["cord", "reserve", ...words, "--as", "bob"]);
  if (code !== 0) throw new Error(err);
}

function heard(model: Model): string {
  return JSON.stringify(model.requests.map(({ messages }) => messages));
}
