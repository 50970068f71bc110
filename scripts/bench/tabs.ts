import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claudeEnv, claudePath } from "../../test/support/claude/claude.ts";
import { startClaude } from "../../test/support/claude/claude-process.ts";
import { call as useTool, say, startModel } from "../../test/support/claude/model.ts";
import { keepTab, type KeptTab } from "../../test/support/kept-tab.ts";
import { rpcClient } from "../../test/support/rpc.ts";
import { openBridge } from "./support/bridge.ts";
import { openInboxTab } from "./support/claude-inboxes.ts";
import { call, cordBinary, createWorld, startDaemon, type World } from "./support/cord.ts";
import { eventsOf } from "./support/events.ts";
import { cpuMs } from "./support/process.ts";
import { heading, median, ms, percentile, quick, rate, row } from "./support/rows.ts";

/** Tabs: how soon a message is at an idle one, what a hook costs, and two hundred tabs with two thousand messages. */

const binary = await cordBinary();

heading("a message to an idle tab, whose bridge writes it on Claude Code's inbox socket");
await wakes();
heading("a hook, answered by the bridge of the tab");
await bridgeHooks();
await claudeHooks();
heading("200 tabs, 2,000 messages, 16 at once");
await many();

/** Each tab may be woken at once every three seconds, and twenty times an hour: so there are ten, in turns. */
async function wakes(): Promise<void> {
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  const tabs = [];
  for (let number = 0; number < 10; number += 1) tabs.push(await openInboxTab(binary, world, number));
  const events = await eventsOf(world);
  const [fromCall, fromCommit, told]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < (quick ? 5 : 19); round += 1)
    for (const tab of tabs) {
      const from = performance.now();
      const [seen, written] = [events.next(), tab.message()];
      const sent = { to: tab.handle, text: `message ${round}`, agentId: "the sender" };
      await call(world, "messages/send", sent);
      const { at } = await written;
      const event = await seen;
      fromCall.push(at - from);
      fromCommit.push(Math.max(0, at - event));
      told.push(event - from);
      await call(world, "messages/list", { agentId: tab.handle });
      await Bun.sleep(Math.max(0, 340 - (performance.now() - from)));
    }
  const p99 = percentile(fromCommit, 0.99);
  row({
    name: `${fromCall.length} messages: from the commit's event to the write, p50 / p99`,
    ours: `${ms(median(fromCommit))} / ${ms(p99)}`,
    reference: `the call to its event in GET /events: ${ms(median(told))} / ${ms(percentile(told, 0.99))}`,
    bar: "p99 < 20 ms",
    met: p99 < 20,
  });
  const whole = percentile(fromCall, 0.99);
  row({
    name: "from the call of messages/send to the write, p50 / p99",
    ours: `${ms(median(fromCall))} / ${ms(whole)}`,
    bar: "p99 < 20 ms",
    met: whole < 20,
  });
  events.close();
  for (const tab of tabs) await tab.close();
  await daemon.stop();
}

/** Of what a client pays for a hook this is all but its own part. */
async function bridgeHooks(): Promise<void> {
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  for (let index = 0; index < 100; index += 1)
    await call(world, "files/reserve", {
      agentId: `holder-${index % 10}`,
      paths: [join(world.folder, `src/part-${index}/**`)],
      minutes: 60,
    });
  const bridge = await openBridge(binary, world, { name: "claude-code" });
  const rounds = quick ? 200 : 1000;
  const timed = async (method: string, params: object) => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const from = performance.now();
      await bridge.ask(method, params);
      times.push(performance.now() - from);
    }
    return `${ms(median(times))} / ${ms(percentile(times, 0.99))}`;
  };
  await bridge.ask("tools/call", { name: "tasks_list", arguments: { limit: 1 } });
  const file = join(world.folder, "src/part-77/a.ts");
  const hooks = [
    ["an edit of a file that another holds, of 100 reservations", "hook_edit", { file, cwd: world.folder }],
    ["an edit of a free file", "hook_edit", { file: join(world.folder, "free.ts"), cwd: world.folder }],
    ["after a tool", "hook_tool", { tool: "Read" }],
  ] as const;
  const reference = `tasks_list through it: ${await timed("tools/call", { name: "tasks_list", arguments: { limit: 1 } })}`;
  for (const [name, tool, args] of hooks)
    row({
      name: `${name}, p50 / p99`,
      ours: await timed("tools/call", { name: tool, arguments: args }),
      reference,
    });
  await bridge.close();
  const command = await processes(world, ["hook", "gemini-tool"]);
  row({
    name: "a hook that runs a command, p50 / p99",
    ours: `${ms(median(command))} / ${ms(percentile(command, 0.99))}`,
    reference: `cord version: ${ms(median(await processes(world, ["version"])))}`,
  });
  await daemon.stop();
}

/** From spawn to exit, in milliseconds. */
async function processes(world: World, words: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < (quick ? 15 : 60); round += 1) {
    const from = performance.now();
    const child = Bun.spawn([binary, ...words], {
      cwd: world.folder,
      env: world.env,
      stdin: new Blob([JSON.stringify({ cwd: world.folder, tool_name: "read_file" })]),
      stdout: "ignore",
      stderr: "inherit",
    });
    if ((await child.exited) !== 0) throw new Error(`cord ${words.join(" ")} failed.`);
    times.push(performance.now() - from);
  }
  return times;
}

/** A step of the real Claude Code: from an answer of its model that writes a file to the next request, with the hooks and without. */
async function claudeHooks(): Promise<void> {
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  const withHooks = await project(world, "with", true);
  const without = await project(world, "without", false);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    const isOursFirst = round % 2 === 0;
    for (const isOurs of [isOursFirst, !isOursFirst])
      (isOurs ? ours : theirs).push(...(await steps(world, isOurs ? withHooks : without)));
  }
  const cost = median(ours) - median(theirs);
  row({
    name: `a step of Claude Code that writes a file, with two hooks, p50 of ${ours.length}`,
    ours: `${ms(median(ours))}, so ${ms(cost)} more`,
    reference: `without: ${ms(median(theirs))}`,
    bar: "< 15 ms more a hook",
    met: cost / 2 < 15,
  });
  await daemon.stop();
}

async function project(world: World, name: string, hasHooks: boolean): Promise<string> {
  const folder = join(world.folder, name);
  mkdirSync(join(folder, "claude-config"), { recursive: true });
  writeFileSync(
    join(folder, "claude-config/settings.json"),
    JSON.stringify({ enableAllProjectMcpServers: true }),
  );
  const init = Bun.spawn([binary, "init", "--yes", "--client", "claude"], {
    cwd: folder,
    env: { ...world.env, HOME: world.folder, PATH: `${join(binary, "..")}:${world.env["PATH"] ?? ""}` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await new Response(init.stderr).text();
  if ((await init.exited) !== 0) throw new Error(said);
  if (!hasHooks) writeFileSync(join(folder, ".claude/settings.json"), "{}");
  return folder;
}

async function steps(world: World, dir: string): Promise<number[]> {
  const wanted = 20;
  const model = await startModel(({ step }) =>
    step < wanted
      ? useTool("Write", { file_path: join(dir, `file-${step}.txt`), content: `${performance.now()}` })
      : say("done"),
  );
  const own = claudeEnv(model, dir);
  const claude = startClaude({
    model,
    dir,
    path: claudePath("newest"),
    env: {
      ...world.env,
      ...own,
      PATH: `${join(binary, "..")}:${own["PATH"] ?? ""}`,
      MCP_CONNECT_TIMEOUT_MS: "30000",
      MCP_CONNECTION_NONBLOCKING: "0",
    },
  });
  claude.send("Write the files.");
  await claude.waitForLine(({ type }) => type === "result");
  claude.closeStdin();
  await claude.ended;
  await model.stop();
  // the first step is slower: it makes what the others find
  return model.requests
    .slice(2)
    .map(({ startedAt }, index) => startedAt - (model.requests[index + 1]?.endedAt ?? 0));
}

async function many(): Promise<void> {
  const [tabCount, messages] = quick ? [50, 500] : [200, 2000];
  const world = createWorld();
  const daemon = await startDaemon(binary, world);
  const client = rpcClient(world.url, world.token());
  const sendAll = async (handles: readonly string[]) => {
    const todo = Array.from({ length: messages }, (_, index) => index);
    const [cpuFrom, from] = [cpuMs(daemon.pid), performance.now()];
    const sender = async () => {
      for (let index = todo.shift(); index !== undefined; index = todo.shift())
        await call(world, "messages/send", {
          to: handles[index % handles.length] ?? "",
          text: `message ${index}`,
          agentId: "the sender",
        });
    };
    await Promise.all(Array.from({ length: 16 }, sender));
    const perSecond = (messages / (performance.now() - from)) * 1000;
    return `${rate(perSecond)}, ${(((cpuMs(daemon.pid) - cpuFrom) * 1000) / messages).toFixed(0)} µs of CPU each`;
  };
  const absent = Array.from({ length: tabCount }, (_, index) => `absent-${index}`);
  await sendAll(absent);
  const reference = await sendAll(absent);
  const tabs: KeptTab[] = [];
  for (let count = 0; count < tabCount; count += 1) tabs.push(await keepTab(client));
  const ours = await sendAll(tabs.map(({ handle }) => handle));
  row({
    name: `${messages} messages to ${tabCount} open tabs`,
    ours,
    reference: `to agents without a tab: ${reference}`,
  });
  await Bun.sleep(4000);
  const woken = tabs.map(({ wakes }) => wakes.length);
  row({
    name: "wakes of a tab, p50 / most, four seconds after the last message",
    ours: `${median(woken)} / ${Math.max(...woken)}`,
    reference: `${messages / tabCount} messages each`,
    bar: "2",
    met: Math.max(...woken) <= 2,
  });
  const lists: number[] = [];
  for (const { handle } of tabs) {
    const from = performance.now();
    await call(world, "messages/list", { agentId: handle });
    lists.push(performance.now() - from);
  }
  row({
    name: "reading an inbox of ten, p50 / p99",
    ours: `${ms(median(lists))} / ${ms(percentile(lists, 0.99))}`,
  });
  await Promise.all(tabs.map((tab) => tab.end()));
  await daemon.stop();
}
