import { expect, spyOn, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { openTab } from "../../support/operations/tabs.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

const tab = (agent: string): Caller => ({ kind: "tab", agent });

async function unread(rig: Rig, agent: string): Promise<string[]> {
  return (await rig.services.inbox.unread(agent)).rows.map(({ reason, line }) => `${reason}: ${line}`);
}

test("who is named by a task or a message has it in its inbox once, and who sent it has not", async () => {
  const rig = openRig();
  await rig.call("tasks/send", { name: "Review it", kind: "review", to: "bob" }, tab("alice"));
  await rig.call("tasks/send", { name: "The secret is 42", kind: "message", to: "bob" }, tab("alice"));
  await rig.call("tasks/send", { name: "Note to self", kind: "message", to: "alice" }, tab("alice"));
  expect(await unread(rig, "bob")).toEqual([
    'task: review 1 "Review it" is for you',
    "message: message 2 from alice",
  ]);
  expect(await unread(rig, "alice")).toEqual([]);
  expect(rig.services.inbox.hasUntold("bob")).toBe(true);
  await rig.close();
});

test("what is unread of a task is read by who claims it, and is nobody's any more", async () => {
  const rig = openRig();
  const id = textField(await rig.call("tasks/send", { name: "Do it", to: "bob" }), "id");
  await rig.call("tasks/claim", { id, agentId: "carol" });
  expect(await unread(rig, "bob")).toEqual([]);
  await rig.call("tasks/release", { id, agentId: "carol" });
  expect(await unread(rig, "bob")).toEqual(['task: task 1 "Do it" is free again']);
  await rig.call("tasks/claim", { id, agentId: "bob" });
  expect(await unread(rig, "bob")).toEqual([]);
  expect(rig.events.map(({ type }) => type)).toContain("task.read");
  await rig.close();
});

test("whoever is named has an inbox, also by a word that stands for nobody in particular", async () => {
  const rig = openRig();
  await rig.call("messages/send", { to: "tab", text: "hello", agentId: "alice" }, tab("alice"));
  expect(await unread(rig, "tab")).toEqual(["message: message 1 from alice"]);
  const id = textField(await rig.call("tasks/send", { name: "work" }, { kind: "tab", agent: null }), "id");
  await rig.call("tasks/claim", { id, agentId: "bob" });
  await rig.call("tasks/ask", { id, question: "Which?", agentId: "bob" }, tab("bob"));
  expect((await unread(rig, "tab")).length).toBe(1);
  await rig.close();
});

test("an agent is told once of what is new, and each telling is an event", async () => {
  const rig = openRig();
  for (const name of ["a", "b"])
    await rig.call("tasks/send", { name, kind: "message", to: "bob" }, tab("alice"));
  await rig.services.inbox.settled();
  expect(await rig.services.inbox.tell("bob", "note")).toBe(
    "New for bob: 2 messages. messages_list has them.",
  );
  expect(await rig.services.inbox.tell("bob", "note")).toBeNull();
  const delivered = rig.events.filter(({ type }) => type === "task.delivered");
  expect(delivered.map(({ data }) => data)).toEqual([
    { to: "bob", by: "note" },
    { to: "bob", by: "note" },
  ]);
  await rig.close();
});

test("what lies unread for ever keeps nothing new from who looks at the newest", async () => {
  const rig = openRig();
  const say = (text: string) =>
    rig.call("messages/send", { to: "bob", text, agentId: "alice" }, tab("alice"));
  for (let n = 0; n < 5; n += 1) await say(`old ${n}`);
  await say("new");
  const { count, rows } = await rig.services.inbox.unread("bob", 2);
  expect([count, rows.map(({ line }) => line)]).toEqual([
    6,
    ["message 5 from alice", "message 6 from alice"],
  ]);
  await rig.close();
});

test("inboxes that begin after the log was written without them have what is pending, and the rest from then on", async () => {
  const store = openSqlite(":memory:");
  const rig = openRig(store, false);
  await rig.call("tasks/send", { name: "Old", kind: "message", to: "bob" }, tab("alice"));
  const inbox = new Inboxes({ store, clock: rig.now, complain: () => {} });
  expect((await inbox.unread("bob")).count).toBe(1);
  await rig.call("tasks/send", { name: "New", kind: "message", to: "bob" }, tab("alice"));
  expect((await inbox.unread("bob")).count).toBe(2);
  await inbox.stop();
  const again = new Inboxes({ store, clock: rig.now, complain: () => {} });
  expect((await again.unread("bob")).count).toBe(2);
  await again.stop();
  await rig.close();
});

test("events that concern nobody cost no write each, and are not looked at from the beginning again", async () => {
  const rig = openRig();
  const cursor = () =>
    rig.store.read((tx) => tx.get<{ seq: number }>("SELECT seq FROM cursors WHERE name = 'inbox'"));
  await Promise.all(Array.from({ length: 3000 }, (_, n) => rig.call("tasks/send", { name: `task ${n}` })));
  await rig.services.inbox.settled();
  const seq = (await cursor())?.seq ?? 0;
  const last = rig.events.at(-1)?.seq ?? 0;
  expect(last - seq).toBeLessThan(1000);
  await rig.close();
});

test("a list of what is unread by others costs its reader no write", async () => {
  const rig = openRig();
  const id = textField(await rig.call("tasks/send", { name: "for Bob", to: "bob" }), "id");
  await rig.services.inbox.settled();
  const write = spyOn(rig.store, "write");
  await rig.services.inbox.heard("carol", [id], "listed");
  expect(write).toHaveBeenCalledTimes(0);
  await rig.services.inbox.heard("bob", [id], "listed");
  expect(write).toHaveBeenCalledTimes(1);
  expect(await rig.services.inbox.tell("bob", "note")).toBeNull();
  await rig.close();
});

test("more events than are held in memory are read from the log, none of them twice", async () => {
  const rig = openRig();
  const senders = Array.from({ length: 6000 }, (_, n) =>
    rig.call("tasks/send", { name: `task ${n}`, ...(n % 100 === 0 ? { to: "bob" } : {}) }),
  );
  await Promise.all(senders);
  const { count, rows } = await rig.services.inbox.unread("bob", 100);
  expect([count, new Set(rows.map(({ task_id }) => task_id)).size]).toEqual([60, 60]);
  await rig.close();
});

test("an inbox that cannot be written is complained of once, and has all once it can be", async () => {
  const store = openSqlite(":memory:");
  const rig = openRig(store, false);
  const complaints: string[] = [];
  const complain = (sentence: string) => void complaints.push(sentence);
  const inbox = new Inboxes({ store, clock: rig.now, complain, retryMs: { min: 1, max: 1 } });
  await inbox.settled();
  await store.write((tx) =>
    tx.run("CREATE TRIGGER no BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'not now'); END"),
  );
  const told = Promise.withResolvers<void>();
  inbox.onNew("bob", told.resolve);
  for (const text of ["one", "two"])
    await rig.call("tasks/send", { name: text, kind: "message", to: "bob" }, tab("alice"));
  // a reader is answered with what there is
  expect((await inbox.unread("bob")).count).toBe(0);
  await store.write((tx) => tx.run("DROP TRIGGER no"));
  await told.promise;
  expect((await inbox.unread("bob")).count).toBe(2);
  expect(complaints).toEqual([expect.stringContaining("not now")]);
  await inbox.stop();
  await rig.close();
});

test("a message to a thousand tabs is in each inbox once, and nobody waits for long behind it", async () => {
  const rig = openRig();
  const handles = Array.from({ length: 1100 }, (_, n) => `tab-${n}`);
  await Promise.all(handles.map((handle) => openTab(rig, handle)));
  await rig.call("messages/send", { to: "*", text: "all", project: "p", agentId: "alice" });
  await rig.call("messages/send", { to: "*", text: "all", project: "p", agentId: "alice" });
  await rig.services.inbox.settled();
  const rows = await rig.store.read((tx) =>
    tx.all<{ n: number }>("SELECT count(*) AS n FROM inbox GROUP BY agent"),
  );
  expect([rows.length, new Set(rows.map(({ n }) => n))]).toEqual([1000, new Set([2])]);
  await rig.close();
});
