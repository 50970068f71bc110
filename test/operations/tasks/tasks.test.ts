import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Task } from "../../../src/core/task.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const send = async (input: object = {}): Promise<Task> =>
  Task.parse(await rig.call("tasks/send", { name: "task", ...input }));
const claim = async (id: string, agentId = "a", leaseSeconds = 300): Promise<Task> =>
  Task.parse(await rig.call("tasks/claim", { id, agentId, leaseSeconds }));
const get = async (id: string): Promise<Task> => Task.parse(await rig.call("tasks/get", { id }));
const list = async (filter: object): Promise<string[]> =>
  Task.array()
    .parse(await rig.call("tasks/list", filter))
    .map(({ id }) => id);
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

describe("a race", () => {
  test("of 8 agents for 200 tasks has one winner each, whose epoch is the first", async () => {
    const tasks = await Promise.all(Array.from({ length: 200 }, () => send()));
    const agents = Array.from({ length: 8 }, (_, index) => `agent-${index}`);
    const outcomes = await Promise.all(
      tasks.map(({ id }) => Promise.all(agents.map((agent) => codeOf(claim(id, agent))))),
    );
    for (const tried of outcomes) {
      expect(tried.filter((code) => code === "done")).toHaveLength(1);
      expect(tried.filter((code) => code === "conflict")).toHaveLength(7);
    }
    for (const [index, { id }] of tasks.entries()) {
      const winner = outcomes[index]?.indexOf("done") ?? -1;
      expect(await get(id)).toMatchObject({ state: "claimed", epoch: 1, claimed_by: agents[winner] });
    }
    expect(rig.events.filter(({ type }) => type === "task.claimed")).toHaveLength(200);
  });

  test("of cancel and complete has one winner, and the task is what the winner made of it", async () => {
    for (let round = 0; round < 100; round += 1) {
      const { id } = await send();
      await claim(id);
      const both = [
        () => rig.call("tasks/complete", { id, agentId: "a", epoch: 1, result: 1 }),
        () => rig.call("tasks/cancel", { id }),
      ];
      if (round % 2 === 1) both.reverse();
      const [first, second] = await Promise.all(both.map((call) => codeOf(call())));
      expect(first).toBe("done");
      expect(second).not.toBe("done");
      expect((await get(id)).state).toBe(round % 2 === 0 ? "completed" : "cancelled");
    }
  });
});

describe("fencing", () => {
  test("refuses a late holder all that changes the task, and keeps its result", async () => {
    const { id } = await send();
    await claim(id, "slow", 1);
    rig.advance(1000);
    await claim(id, "quick");
    const late = { id, agentId: "slow", epoch: 1 };
    expect(await codeOf(rig.call("tasks/complete", { ...late, result: "late" }))).toBe("stale_lease");
    expect(await codeOf(rig.call("tasks/fail", late))).toBe("stale_lease");
    expect(await codeOf(rig.call("tasks/release", late))).toBe("stale_lease");
    expect(await codeOf(rig.call("tasks/extend", late))).toBe("stale_lease");
    expect(await get(id)).toMatchObject({ state: "claimed", claimed_by: "quick", epoch: 2, result: null });
    const kept = await rig.store.read((tx) =>
      tx.all("SELECT epoch, agent, late_result FROM attempts WHERE task_id = ?", id),
    );
    expect(kept).toEqual([{ epoch: 1, agent: "slow", late_result: '"late"' }]);
  });

  test("refuses the same agent with the epoch of its earlier claim", async () => {
    const { id } = await send();
    await claim(id, "a", 1);
    rig.advance(1000);
    await claim(id, "a");
    expect(await codeOf(rig.call("tasks/complete", { id, agentId: "a", epoch: 1 }))).toBe("stale_lease");
    expect(await codeOf(rig.call("tasks/complete", { id, agentId: "a", epoch: 2 }))).toBe("done");
  });

  test("takes an old client that names nobody while the task is claimed, and writes it down", async () => {
    const { id } = await send();
    expect(await codeOf(rig.call("tasks/complete", { id }))).toBe("conflict");
    await claim(id);
    expect(await codeOf(rig.call("tasks/complete", { id, result: 1 }))).toBe("done");
    expect(rig.events.at(-1)).toMatchObject({ type: "task.completed", data: { unfenced: true } });
  });
});

describe("a lease", () => {
  test("that has ended is swept: the task is pending again, and the event names the agent", async () => {
    const { id } = await send();
    await claim(id, "gone", 5);
    rig.advance(4999);
    await rig.sweep();
    expect((await get(id)).state).toBe("claimed");
    rig.advance(1);
    await rig.sweep();
    expect(await get(id)).toMatchObject({ state: "pending", claimed_by: null, epoch: 1 });
    expect(rig.events.at(-1)).toMatchObject({ type: "task.expired", data: { by: "gone" } });
  });

  test("counts from the moment it is extended", async () => {
    const { id } = await send();
    await claim(id, "a", 5);
    rig.advance(4000);
    await rig.call("tasks/extend", { id, agentId: "a", leaseSeconds: 5 });
    rig.advance(4000);
    await rig.sweep();
    expect((await get(id)).state).toBe("claimed");
  });

  test("that has ended can be reclaimed by hand, once", async () => {
    const { id } = await send();
    await claim(id, "a", 1);
    rig.advance(1000);
    expect(await rig.call("tasks/reclaim", {})).toMatchObject([{ id, state: "pending" }]);
    expect(await rig.call("tasks/reclaim", {})).toEqual([]);
  });
});

describe("completing", () => {
  test("with postAck publishes an ack that names the task, in the same commit", async () => {
    const { id } = await send({ project: "/p" });
    await claim(id);
    const answer = { id, agentId: "a", postAck: true, ackName: "fixed" };
    expect(await rig.call("tasks/complete", answer)).toMatchObject({
      ok: true,
      ack: {
        kind: "ack",
        state: "completed",
        priority: "high",
        project: "/p",
        payload: { fixed_bug_id: id },
      },
    });
  });

  test.each([
    ["an object", { sha: "1" }, { sha: "1" }],
    ["its own fixed_bug_id", { fixed_bug_id: "mine" }, { fixed_bug_id: "mine" }],
    ["text", "words", { value: "words" }],
    ["a list", [1], { value: [1] }],
  ])("keeps an ack's payload that is %s", async (_, ackPayload, payload) => {
    const { id } = await send();
    await claim(id);
    const done = await rig.call("tasks/complete", { id, postAck: true, ackName: "fixed", ackPayload });
    expect(done).toMatchObject({ ack: { payload: { fixed_bug_id: id, ...payload } } });
  });

  test("with postAck and no ackName changes nothing", async () => {
    const { id } = await send();
    await claim(id);
    expect(await codeOf(rig.call("tasks/complete", { id, postAck: true }))).toBe("invalid");
    expect((await get(id)).state).toBe("claimed");
  });
});

describe("needs", () => {
  test("hold a task back until they are completed", async () => {
    const [first, second] = [await send(), await send()];
    const third = await send({ needs: [first.id, second.id, first.id] });
    for (const { id } of [first, second]) {
      await expect(claim(third.id)).rejects.toThrow("not claimable");
      await claim(id);
      await rig.call("tasks/complete", { id });
    }
    expect(await claim(third.id)).toMatchObject({ state: "claimed", needs: [first.id, second.id] });
  });

  test("that fail cancel all that needs them, however far", async () => {
    const first = await send({ name: "broken" });
    const second = await send({ needs: [first.id] });
    const third = await send({ needs: [second.id] });
    await claim(first.id);
    await rig.call("tasks/fail", { id: first.id, reason: "no compiler" });
    expect(await get(second.id)).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining("no compiler"),
    });
    expect(await get(third.id)).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining("2 ("),
    });
    expect(await codeOf(send({ needs: [first.id] }))).toBe("conflict");
  });
});

describe("a request id", () => {
  test("that is repeated gets the first answer and changes nothing", async () => {
    const one = await send({ request_id: "r1" });
    expect(await send({ request_id: "r1", name: "another" })).toEqual(one);
    const claimed = await rig.call("tasks/claim", { id: one.id, agentId: "a", request_id: "r2" });
    expect(await rig.call("tasks/claim", { id: one.id, agentId: "a", request_id: "r2" })).toEqual(claimed);
    const done = { id: one.id, agentId: "a", epoch: 1, request_id: "r3" };
    expect(await rig.call("tasks/complete", done)).toEqual(await rig.call("tasks/complete", done));
    expect(await rig.rows()).toHaveLength(1);
  });

  test("that is used twice at the same moment does its work once", async () => {
    const sent = await Promise.all(Array.from({ length: 20 }, () => send({ request_id: "same" })));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(await rig.rows()).toHaveLength(1);
  });

  test("is of one operation: another with the same does its own work", async () => {
    const { id } = await send({ request_id: "same" });
    expect(await rig.call("tasks/claim", { id, agentId: "a", request_id: "same" })).toMatchObject({
      state: "claimed",
    });
  });

  test("is its caller's: nobody gets an answer that was another's, such as an engine's tokens", async () => {
    const run = await rig.startRun();
    const input = { run_id: run, engine: "e", limit: 1, request_id: "guessed" };
    expect(JSON.stringify(await rig.call("nodes/claim", input))).toContain("token of");
    const node = await rig.asNode(run, 1);
    const created = await rig.call("nodes/create", { goal: "x", request_id: "guessed" }, node);
    expect(created).toEqual({ created: "#2", goal: "x" });
  });

  test("of a refusal is free to be used again, and after a day of anything", async () => {
    const { id } = await send();
    expect(await codeOf(rig.call("tasks/complete", { id, request_id: "r" }))).toBe("conflict");
    await claim(id);
    expect(await codeOf(rig.call("tasks/complete", { id, request_id: "r" }))).toBe("done");
    rig.advance(24 * 3_600_000);
    const again = await send({ request_id: "r" });
    expect(again.id).not.toBe(id);
  });
});

describe("an id", () => {
  test("may be a unique prefix, and an ambiguous one lists what it fits", async () => {
    const [one, other] = [await send({ name: "one" }), await send({ name: "other" })];
    expect(await get(one.id.slice(0, -1))).toEqual(one);
    const shared = one.id.slice(0, 8);
    if (other.id.startsWith(shared))
      await expect(get(shared)).rejects.toThrow(new RegExp(`${one.id} one, ${other.id} other`));
  });

  test("that is a number is no beginning of another's id, before it is as long as those that lists show", async () => {
    const id = "12345678-1234-4234-8234-123456789012";
    const times = { created_at: 1, updated_at: 1, claimed_at: null, lease_until: null };
    const words = { name: "old", kind: "task", priority: "normal", state: "pending", claimed_by: null };
    await rig.call("board/import", { tasks: [{ id, ...words, ...times, payload: null, result: null }] });
    const { number } = await send();
    for (const named of ["1234", "1234567", "#12345678"])
      expect([named, await rig.call("tasks/get", { id: named })]).toEqual([named, null]);
    await expect(rig.call("tasks/cancel", { id: "1234" })).rejects.toThrow("There is no task 1234");
    for (const named of ["12345678", "12345678-1", "1"]) expect(await get(named)).toMatchObject({ id });
    expect(await rig.call("tasks/get", { id: "0123" })).toBeNull();
    expect(await get(`#${number}`)).toMatchObject({ number });
  });

  test("of nothing is null to read and not_found to change", async () => {
    expect(await rig.call("tasks/get", { id: "ffffffff" })).toBeNull();
    expect(await codeOf(rig.call("tasks/fail", { id: "ffffffff" }))).toBe("not_found");
    for (const id of ["%%%%", "____", "' OR 1=1 --"]) expect(await rig.call("tasks/get", { id })).toBeNull();
  });
});

test("announcements are born completed", async () => {
  for (const kind of ["ack", "knowledge", "decision"])
    expect(await send({ kind })).toMatchObject({ state: "completed", kind });
});

test("a list applies every filter, newest first", async () => {
  const bug = await send({ name: "fix the build", kind: "bug", priority: "high", project: "/p", to: "a" });
  const feature = await send({ name: "add it", kind: "feature", project: "/q" });
  expect(await list({})).toEqual([feature.id, bug.id]);
  expect(await list({ kind: "bug,feature", limit: 1 })).toEqual([feature.id]);
  for (const filter of [
    { kind: "bug" },
    { priority: "high" },
    { name_contains: "the build" },
    { to: "a" },
    { project: "/p" },
    { ignore_ids: [feature.id] },
    { kind: ["bug", "ack"], state: "pending" },
  ])
    expect(await list(filter)).toEqual([bug.id]);
  await claim(bug.id, "worker");
  expect(await list({ claimed_by: "worker" })).toEqual([bug.id]);
  expect(await list({ since: feature.seq })).toEqual([bug.id]);
  expect(await list({ state: "pending" })).toEqual([feature.id]);
});
