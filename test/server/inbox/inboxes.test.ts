import { expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
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
