import { Database } from "bun:sqlite";
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tabBounds } from "../../src/core/limits.ts";
import { codexModels, codexTab, codexWorld, ready } from "../support/clients/codex-tab.ts";
import type { Heard, OtherScript, OtherTurn } from "../support/clients/other-models.ts";
import { rpcClient } from "../support/rpc.ts";
import type { TabWorld } from "../support/clients/tab-world.ts";
import { sendPrompt } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** The real Codex in a terminal, with its own app server behind it, in a project that cord init prepared. */

setDefaultTimeout(180_000);

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const wakePattern = /\[cord \d+\]$/;

test.each(["direct", "code"] as const)(
  "an idle Codex, whose model calls tools in the form %s, is woken by a task that is for it, and claims and completes it",
  async (form) => {
    const wakes: string[] = [];
    const script = wakened(wakes, work);
    const { world, handle } = await opened(script, { model: codexModels[form] });
    const { id } = await sent(world, {
      name: "the login",
      kind: "bug",
      to: handle,
      payload: "a secret that is no part of a wake",
    });
    await until("the task's end", async () => (await task(world, id)).state === "completed");
    expect(await task(world, id)).toMatchObject({ claimed_by: handle, result: { done: true } });
    expect(world.model.errors).toEqual([]);
    expect(wakes.filter((wake, index) => wakes.indexOf(wake) === index)).toHaveLength(1);
    expect(wakes[0]).toContain(handle);
    expect(wakes[0]).not.toContain("secret");
    expect(Buffer.byteLength(wakes[0] ?? "")).toBeLessThanOrEqual(tabBounds.wakeBytes);
  },
);

test("ten messages in a turn of Codex lead to one turn after it", async () => {
  const wakes: string[] = [];
  const held = Promise.withResolvers<OtherTurn>();
  const script = wakened(wakes, ({ prompt, results }) => {
    if (prompt.includes("think long")) return held.promise;
    return results.length === 0 ? { call: "messages_list", args: {} } : { say: "I have read them." };
  });
  const { world, pane, handle } = await opened(script);
  await sendPrompt(pane, "think long");
  await until("its turn", async () => (await agent(world, handle)).state === "busy");
  for (let count = 0; count < 10; count += 1)
    await sent(world, { name: `message ${count}`, kind: "message", to: handle });
  expect(wakes).toEqual([]);
  held.resolve({ say: "I have thought." });
  await pane.shows("I have thought.");
  await until("its reading", async () => (await agent(world, handle)).unread === 0);
  await pane.shows("I have read them.");
  expect(world.model.errors).toEqual([]);
  expect(wakes).toHaveLength(1);
});

test("what a person has half typed into Codex is left alone by a wake", async () => {
  const wakes: string[] = [];
  const { world, pane, handle } = await opened(wakened(wakes, () => ({ say: "I am awake." })));
  await pane.press("half a sen");
  await pane.shows("half a sen");
  await sent(world, { name: "hello", kind: "message", to: handle });
  await pane.shows("I am awake.");
  expect(await pane.shows("half a sen")).toContain("› half a sen");
  expect(wakes).toHaveLength(1);
});

test("a dialog of Codex is left as it is by a wake, which is told once it is closed", async () => {
  const wakes: string[] = [];
  const script = wakened(wakes, ({ prompt, results }) => {
    if (wakePattern.test(prompt)) return { say: "I am awake." };
    const ask = {
      call: "exec_command",
      args: { cmd: "touch asked", sandbox_permissions: "require_escalated", justification: "Is that right?" },
      isClients: true,
    } as const;
    return results.length === 0 ? ask : { say: "It is made." };
  });
  const { world, pane, handle } = await opened(script, { asks: true });
  await sendPrompt(pane, "make it");
  await until("its question", async () => (await agent(world, handle)).state === "waiting");
  const asked = await pane.shows("Would you like to run");
  await sent(world, { name: "hello", kind: "message", to: handle });
  await until("its wake", async () => (await agent(world, handle)).wakes_left === tabBounds.wakesPerHour - 1);
  expect(await pane.shows("Would you like to run")).toBe(asked);
  expect(wakes).toEqual([]);
  await pane.press("Enter");
  await pane.shows("I am awake.");
  expect(wakes).toHaveLength(1);
});

test("a Codex is woken by the daemon that follows one that was killed", async () => {
  const wakes: string[] = [];
  const script = wakened(wakes, work);
  const { world, handle } = await opened(script);
  const { id } = await sent(world, { name: "over the crash", kind: "bug", to: handle });
  await world.killDaemon();
  // its bridge starts the next one
  await until("the task's end", async () => {
    const found = await task(world, id).catch(() => null);
    return found?.state === "completed";
  });
  expect((await task(world, id)).claimed_by).toBe(handle);
});

test("a Codex whose person does not trust its hooks is told from the first tool of cord's on that it calls, and can be woken then", async () => {
  const wakes: string[] = [];
  const results: string[] = [];
  const script = wakened(wakes, (heard) => {
    if (wakePattern.test(heard.prompt)) return { say: "I am awake." };
    results.push(...heard.results);
    return heard.results.length === 0 ? { call: "agents_list", args: {} } : { say: "I have looked." };
  });
  const world = await codexWorld(script);
  disposables.push(world);
  await world.run(["cord", "status"]);
  const pane = await codexTab(world, { trusts: false });
  disposables.push(pane);
  await until("its tab", async () => (await agents(world)).some(({ client }) => client === "codex"));
  const handle = await handleOf(world);
  await sent(world, { name: "early", kind: "message", to: handle });
  await sendPrompt(pane, "look at the board");
  await pane.shows("I have looked.");
  // its thread is known by that call: a wake may be faster than the note beside its result, and is in its place
  const isNoted = results.join().includes(`New for ${handle}: 1 message. messages_list has it.`);
  if (!isNoted) await until("a wake for the first", () => wakes.length === 1);
  await until("its way to be woken", async () => (await agent(world, handle)).wake === "queue");
  await sent(world, { name: "late", kind: "message", to: handle });
  await until("a wake for the last", () => wakes.length === (isNoted ? 1 : 2));
  await pane.shows("I am awake.");
});

test("a Codex that was closed is the tab that it was when it is resumed", async () => {
  const { world, pane, handle } = await opened(wakened([], () => ({ say: "I am back." })));
  await pane[Symbol.asyncDispose]();
  const again = await codexTab(world, { args: ["resume", "--last"] });
  disposables.push(again);
  await sendPrompt(again, "are you back");
  await again.shows("I am back.");
  await until("its handle", async () => (await agent(world, handle)).is_open === true);
  expect(await openTabs(world)).toHaveLength(1);
});

test("a command of Codex' shell acts as the tab that it is of, also where one app server has two", async () => {
  // a login shell has a PATH of its own
  const paths: string[] = [];
  const script = wakened([], ({ prompt, results }) => {
    const cmd = `${paths[0]}/cord reserve ${/reserve (\S+)/.exec(prompt)?.[1]}`;
    return results.length === 0
      ? { call: "exec_command", args: { cmd }, isClients: true }
      : { say: "I did." };
  });
  const { world, pane, handle } = await opened(script);
  paths.push(...(world.env["PATH"] ?? "").split(":"));
  const other = await codexTab(world);
  disposables.push(other);
  await sendPrompt(other, "Say that you are there");
  await other.shows("I am there.");
  await sendPrompt(other, "reserve second");
  await other.shows("I did.");
  await sendPrompt(pane, "reserve first");
  await pane.shows("I did.");
  const { result } = await rpcClient(world.url, world.token).rpc("files/list");
  const holders = new Map(
    z
      .array(Held)
      .parse(result)
      .map(({ paths: [path], agent }) => [path, agent]),
  );
  expect(holders.get("first")).toBe(handle);
  expect(holders.get("second")).toBe(
    (await agents(world)).find(({ id, client }) => client === "codex" && id !== handle)?.id,
  );
});

test("two tabs of Codex that answer each other stop when one has used up its wakes", async () => {
  const wakes: string[] = [];
  const script = wakened(wakes, async ({ results: [inbox, answer] }) => {
    if (inbox === undefined) return { call: "messages_list", args: {} };
    if (answer !== undefined) return { say: "Answered." };
    const to = /"from\W+([\w-]+)/.exec(inbox)?.[1] ?? "";
    const reply_to = idIn(inbox);
    // its answer is no part of a turn of the other's, in which that is told without a wake
    await until("the other's idleness", async () => (await agent(world, to)).state === "idle");
    return { call: "messages_send", args: { to, text: "And you?", reply_to } };
  });
  const { world, pane, handle: first } = await opened(script);
  const { handle: second } = await openedIn(world, [first]);
  await spend(world, tabBounds.wakesPerHour - 2);
  const both = () => Promise.all([first, second].map((handle) => agent(world, handle)));
  await until("the daemon that follows", async () => {
    const left = await both().catch(() => []);
    return left.length === 2 && left.every((one) => one.is_open === true && one.wakes_left === 2);
  });
  const message = { to: first, text: "Say something.", agentId: second };
  await rpcClient(world.url, world.token).rpc("messages/send", message);
  await until("an answer that wakes nobody", async () => {
    const [asked, other] = await both();
    return wakes.length === 4 && asked?.wakes_left === 0 && asked.unread === 1 && other?.state === "idle";
  });
  const of = (handle: string) => wakes.filter((wake) => wake.includes(` for ${handle}: `)).length;
  expect([of(first), of(second)]).toEqual([2, 2]);
  const { out } = await world.run(["cord", "doctor"]);
  expect(out).toMatch(new RegExp(`${first} +can be woken: yes, by its queue; as often as an hour allows`));
  const { err } = await world.run(["cord", "poke", first]);
  expect(err).toContain("woken 20 times in this hour, which is all");
  // it is told at its next activity, and wakes the other no more
  await sendPrompt(pane, "Is there anything new?");
  await until("its answer", async () => {
    const [asked, other] = await both();
    return asked?.unread === 0 && asked.state === "idle" && other?.unread === 1;
  });
  expect(world.model.asked.some((body) => body.includes(`New for ${first}: `))).toBe(true);
  expect([of(first), of(second)]).toEqual([2, 2]);
  expect(world.model.errors).toEqual([]);
});

test("/new begins a tab of its own in Codex, and each of the two threads is told once of what is for it", async () => {
  const wakes: string[] = [];
  const script = wakened(wakes, ({ results: [inbox] }) => {
    if (inbox === undefined) return { call: "messages_list", args: {} };
    return { say: `I have read ${/that is [a-z]+/.exec(inbox)?.[0] ?? "nothing"}.` };
  });
  const { world, pane, handle: first } = await opened(script);
  // its app server tells of the turn's end before the terminal takes it up, and until then refuses this
  await pane.shows("Worked for");
  await pane.press("/new");
  await pane.shows("start a new chat");
  await pane.press("Enter");
  await pane.until((screen) => !screen.includes("I am there.") && screen.includes(ready));
  await until("the tab of its thread", async () => (await openTabs(world)).length === 2);
  const second = await handleOf(world, [first]);
  const send = (to: string, text: string) => sent(world, { name: text, kind: "message", to });
  // the thread that it was goes on where nobody looks
  const before = await send(first, "that is before");
  await read(world, first);
  // the new one's id is known from its first prompt on
  expect((await agent(world, second)).wake).toBe("none");
  const early = await send(second, "that is early");
  await sendPrompt(pane, "Go on");
  await pane.shows("I have read that is early.");
  await until("its way to be woken", async () => (await agent(world, second)).wake === "queue");
  await read(world, second);
  const late = await send(second, "that is late");
  const screen = await pane.shows("I have read that is late.");
  await read(world, second);
  expect(screen).not.toContain(`for ${first}: `);
  const of = (handle: string, { number }: typeof late) =>
    wakes.filter((wake) => wake.includes(` for ${handle}: message ${number} from `)).length;
  expect([of(first, before), of(second, late)]).toEqual([1, 1]);
  // a hook that is late says nothing: it is woken for that then, if it has not read it by itself
  const isNoted = world.model.asked.some((body) => body.includes(`New for ${second}: 1 message`));
  expect(of(second, early)).toBeLessThanOrEqual(isNoted ? 0 : 1);
  expect(world.model.errors).toEqual([]);
});

const Held = z.object({ agent: z.string(), paths: z.array(z.string()) });

/** A Codex that has answered its person once, by which cord knows its thread, and is idle. */
async function opened(
  script: OtherScript,
  {
    model = codexModels.code,
    asks = false,
  }: { model?: Parameters<typeof codexWorld>[1]; asks?: boolean } = {},
) {
  const world = await codexWorld(script, model);
  disposables.push(world);
  if (asks) {
    const file = join(world.home, ".codex/config.toml");
    const settings = readFileSync(file, "utf8")
      .replace('approval_policy = "never"', 'approval_policy = "on-request"')
      .replace('sandbox_mode = "danger-full-access"', 'sandbox_mode = "read-only"');
    writeFileSync(file, settings);
  }
  return { world, ...(await openedIn(world)) };
}

/** One more of the world's, which is none of those that are known. */
async function openedIn(world: TabWorld, known: readonly string[] = []) {
  const pane = await codexTab(world);
  disposables.push(pane);
  // a prompt that comes before its servers have started calls no hook; the first of them starts the daemon
  await until("its tab", async () => {
    const open = await openTabs(world).catch(() => []);
    return open.some(({ id }) => !known.includes(id));
  });
  await sendPrompt(pane, "Say that you are there");
  await pane.shows("I am there.");
  const handle = await handleOf(world, known);
  await until("its idleness", async () => {
    const { state, wake } = await agent(world, handle);
    return state === "idle" && wake === "queue";
  });
  return { pane, handle };
}

/** As if every tab had been woken this often within this hour: the daemon reads it when it begins anew. */
async function spend(world: TabWorld, wakes: number): Promise<void> {
  const database = new Database(join(world.data, "cord/cord.db"));
  const at = Array.from({ length: wakes }, () => Date.now());
  database.run("UPDATE tabs SET woken = ?", [JSON.stringify({ number: wakes, at })]);
  database.close();
  await world.killDaemon();
}

/** Says that it is there when it is asked to, and else what the test wants; notes the wakes that lead to a turn. */
function wakened(wakes: string[], answer: (heard: Heard) => OtherTurn | Promise<OtherTurn>): OtherScript {
  return (_, heard) => {
    if (heard.prompt.includes("Say that you are there")) return { say: "I am there." };
    if (wakePattern.test(heard.prompt) && heard.results.length === 0) wakes.push(heard.prompt);
    return answer(heard);
  };
}

/** Claims what is for it, and completes it, without saying who it is. */
function work({ prompt, results }: Heard): OtherTurn {
  const to = / for (\S+): /.exec(prompt)?.[1];
  const id = idIn(results[0] ?? "");
  const turns: OtherTurn[] = [
    { call: "tasks_list", args: { to, state: "pending" } },
    { call: "tasks_claim", args: { id } },
    { call: "tasks_complete", args: { id, result: { done: true } } },
  ];
  return turns[results.length] ?? { say: "It is done." };
}

function idIn(text: string): string {
  return /\b[0-9a-f]{8}-[0-9a-f-]{27}\b/.exec(text)?.[0] ?? "";
}

async function openTabs(world: TabWorld): Promise<z.infer<typeof Agent>[]> {
  return (await agents(world)).filter((one) => one.client === "codex" && one.is_open === true);
}

/** Resolves once it has read all that is for it, and its turn is over. */
function read(world: TabWorld, handle: string): Promise<void> {
  return until(`the reading of ${handle}`, async () => {
    const { unread, state } = await agent(world, handle);
    return unread === 0 && state === "idle";
  });
}

const Agent = z.object({
  id: z.string(),
  client: z.string().optional(),
  is_open: z.boolean().optional(),
  state: z.string().nullish(),
  wake: z.string().optional(),
  unread: z.number().optional(),
  wakes_left: z.number().optional(),
});

async function agents(world: TabWorld): Promise<z.infer<typeof Agent>[]> {
  return z.array(Agent).parse((await rpcClient(world.url, world.token).rpc("agents/list")).result);
}

async function handleOf(world: TabWorld, known: readonly string[] = []): Promise<string> {
  const found = (await openTabs(world)).find(({ id }) => !known.includes(id));
  if (found === undefined) throw new Error("No Codex is open.");
  return found.id;
}

async function agent(world: TabWorld, handle: string): Promise<z.infer<typeof Agent>> {
  const found = (await agents(world)).find(({ id }) => id === handle);
  if (found === undefined) throw new Error(`There is no agent ${handle}.`);
  return found;
}

const Task = z.object({
  id: z.string(),
  number: z.number(),
  state: z.string(),
  claimed_by: z.string().nullable(),
  result: z.unknown(),
});

async function task(world: TabWorld, id: string): Promise<z.infer<typeof Task>> {
  return Task.parse((await rpcClient(world.url, world.token).rpc("tasks/get", { id })).result);
}

async function sent(world: TabWorld, fields: object): Promise<z.infer<typeof Task>> {
  return Task.parse((await rpcClient(world.url, world.token).rpc("tasks/send", fields)).result);
}
