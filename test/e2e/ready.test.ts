import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Task } from "../../src/core/task.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { rpcCall } from "../support/rpc.ts";

/** What is handed out, and how a person names it: real commands, worker processes and a tab against a real daemon. */

let board: Board;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
});
afterAll(() => board[Symbol.asyncDispose]());

const Worked = z.object({ done: z.array(z.string()), refusals: z.array(z.string()) });
const Sent = z.looseObject({ id: z.string(), number: z.number() });

async function sendIn(folder: string, ...args: string[]): Promise<z.infer<typeof Sent>> {
  const { code, out, err } = await board.startIn(folder, "send", ...args, "--json").ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return Sent.parse(JSON.parse(out));
}

function project(name: string): string {
  const folder = join(board.cwd, "..", name);
  mkdirSync(join(folder, ".git"), { recursive: true });
  return folder;
}

test("worker processes, one of them killed with a task in its hands, do all that needs each other, and none is refused for a need", async () => {
  await using board = await startBoard();
  await board.serve();
  const ids: string[] = [];
  for (let index = 0; index < 200; index += 1) {
    const needs = [ids[index - 1], ids[Math.floor(index / 2)]].flatMap((id) =>
      index % 3 > 0 && id ? [id] : [],
    );
    const { id } = await board.client.call("tasks/send", {
      name: `step ${index}`,
      needs: [...new Set(needs)],
    });
    ids.push(id);
  }
  const doomed = start(board, "doomed", "die");
  const { value } = await doomed.stdout.getReader().read();
  const held = new TextDecoder().decode(value).trim();
  doomed.kill("SIGKILL");
  const workers = ["a", "b", "c"].map((agent) => start(board, agent));
  const worked = await Promise.all(workers.map(async ({ stdout }) => Worked.parse(await stdout.json())));
  const done = worked.flatMap((each) => each.done);
  expect(done.toSorted()).toEqual(ids.toSorted());
  expect(done).toContain(held);
  for (const refusal of worked.flatMap((each) => each.refusals))
    expect(refusal).toMatch(/^task is not claimable: it (is claimed by [a-d]\w* until|was completed by)/);
});

function start(board: Board, agent: string, fate = "work") {
  const script = join(import.meta.dirname, "../support/programs/worker.ts");
  return Bun.spawn([process.execPath, script, board.url, board.token, agent, fate], {
    env: board.env,
    stdout: "pipe",
  });
}

describe("a task on the board", () => {
  test("has a number that no other has which its project sees, and goes by it, by its id in any form, or a beginning of it", async () => {
    const [one, two] = [project("one"), project("two")];
    const first = await sendIn(one, "first of one");
    const other = await sendIn(two, "first of two");
    expect(other.number).toBe(first.number);
    const { number: everybodys } = await board.client.call("tasks/send", { name: "everybody's" });
    const next = [await sendIn(one, "next of one"), await sendIn(two, "next of two")];
    expect(next.map(({ number }) => number)).toEqual([(everybodys ?? 0) + 1, (everybodys ?? 0) + 1]);

    const { id, number } = first;
    const hex = id.replaceAll("-", "");
    const names = [
      `${number}`,
      `#${number}`,
      id.toUpperCase(),
      hex,
      `{${id}}`,
      `urn:uuid:${id}`,
      hex.slice(0, 20),
    ];
    for (const name of names) {
      const { out } = await board.startIn(one, "show", name, "--json").ended;
      expect({ name, task: JSON.parse(out) }).toMatchObject({ name, task: { id } });
    }
    const elsewhere = await board.startIn(two, "show", `${number}`, "--json").ended;
    expect(JSON.parse(elsewhere.out)).toMatchObject({ id: other.id });
    const ambiguous = await board.rpc(rpcCall("tasks/get", { id: `${number}` }));
    expect(ambiguous).toMatchObject({ error: { code: -32001, message: expect.stringContaining(other.id) } });
  });

  test("that waits for others says so wherever it is shown, and its claim is refused with their names", async () => {
    const folder = project("blocked");
    const first = await sendIn(folder, "lay the ground");
    const second = await sendIn(folder, "build on it", "--needs", `${first.number}`);
    const shown = await board.startIn(folder, "show", `${second.number}`).ended;
    expect(shown.out).toContain("blocked");
    expect(shown.out).toContain(`waits for ${first.number} lay the ground (pending)`);
    const refused = await board.startIn(folder, "claim", `${second.number}`, "--as", "ann").ended;
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining(`it still needs ${first.number} "lay the ground" (pending)`),
    });
    const status = await board.startIn(folder, "status", "--json").ended;
    expect(JSON.parse(status.out)).toMatchObject({ blocked: 1 });
    const top = await board.startIn(folder, "top", "--once").ended;
    expect(top.out).toMatch(new RegExp(`blocked .*build on it {2}needs ${first.number}`));
  });

  test("whose claim is refused is told of by its holder, for programs too, and by its end", async () => {
    const { id } = await board.client.call("tasks/send", { name: "wanted" });
    const claim = (agentId: string) => board.rpc(rpcCall("tasks/claim", { id, agentId, leaseSeconds: 600 }));
    await claim("ann");
    expect(await claim("bob")).toMatchObject({
      error: {
        code: -32001,
        message: expect.stringMatching(
          /^task is not claimable: it is claimed by ann until \d{4}-\S+Z \(in 10 min\)$/,
        ),
        data: { code: "conflict", holder: "ann", lease_until: expect.stringMatching(/^\d{4}-\S+Z$/) },
      },
    });
    await board.client.call("tasks/complete", { id, agentId: "ann" });
    expect(await claim("bob")).toMatchObject({
      error: { message: expect.stringMatching(/^task is not claimable: it was completed by ann at /) },
    });
  });
});

test("a tab claims and completes by number, and reads lists in pages of cut texts that a cursor leads through", async () => {
  await using tab = await stdioTab(board, {}, { cwd: project("tab") });
  await tab.call("agents_heartbeat", { id: "tab", name: "tab" });
  const sent = Sent.parse((await tab.call("tasks_send", { name: "by number" })).value);
  expect((await tab.call("tasks_claim", { id: `#${sent.number}` })).value).toMatchObject({ id: sent.id });
  expect(
    (await tab.call("tasks_complete", { id: `${sent.number}`, result: { ok: true } })).error,
  ).toBeUndefined();

  const payload = { text: "x".repeat(5000) };
  for (let index = 0; index < 200; index += 1)
    await board.client.call("tasks/send", { name: `long ${index}`, kind: "long", payload });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const args = { kind: "long", limit: 5000, ...(cursor === undefined ? {} : { cursor }) };
    const result = await tab.client.callTool({ name: "tasks_list", arguments: args });
    expect(JSON.stringify(result).length).toBeLessThan(200_000);
    const { items, next, note } = Listed.parse(result["structuredContent"]);
    for (const { name, payload: text, cut } of items) {
      expect([text.length, cut]).toEqual([501, { payload: 5011 }]);
      seen.push(name);
    }
    expect(note).toContain("tasks_get");
    cursor = next;
  } while (cursor !== undefined);
  expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => `long ${199 - at}`));
  const whole = (await tab.call("tasks_list", { kind: "long", limit: 1, full: true })).value["items"];
  expect(whole).toMatchObject([{ payload }]);
});

const Listed = z.object({
  items: z.array(z.object({ name: z.string(), payload: z.string(), cut: z.unknown() })),
  next: z.string().optional(),
  note: z.string(),
});

test("a wait is woken by what becomes ready, not by what is blocked, and is given the best of what becomes ready at once", async () => {
  const call = (name: string, more: object = {}): Promise<Task> =>
    board.client.call("tasks/send", { name, kind: "waited", ...more });
  const first = await call("the ground");
  await board.client.call("tasks/claim", { id: first.id, agentId: "ann" });
  const waiting = board.client.call("tasks/list", {
    kind: "waited",
    state: "pending",
    wait_ms: 30_000,
    limit: 1,
  });
  const needs = [first.id];
  await call("a low one", { needs, priority: "low" });
  const best = await call("an urgent one", { needs, priority: "urgent" });
  await board.client.call("tasks/complete", { id: first.id, agentId: "ann" });
  expect(await waiting).toMatchObject([{ id: best.id, ready: true }]);
});
