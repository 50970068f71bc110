import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { tabClient } from "../../../src/server/mcp/client.ts";
import { Sessions, strayTab, type Session } from "../../../src/server/mcp/sessions.ts";
import { reminderOf } from "../../../src/server/mcp/tab.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";
import { ManualTime } from "../../support/terminal/terminal.ts";

const minute = 60_000;

let rig: Rig;
let time: ManualTime;
let sessions: Sessions;
beforeEach(() => {
  rig = openRig();
  time = new ManualTime();
  sessions = open();
});
afterEach(() => rig.close());

/** A daemon's sessions; another one is the same daemon after a restart. */
function open(): Sessions {
  const rules = { graceMs: 2 * minute, renewedMs: 60 * minute, keptMs: 60 * minute };
  return new Sessions(rig.services, "the seal", { ...rules, schedule: time.schedule });
}

function call(session: Session, name: string, args: Record<string, unknown>) {
  const said = { project: null, tab: null, conversation: null, requestId: null, notice: null };
  const client = tabClient(rig.services, sessions, session, said);
  return client.callTool({ name, args }).perform(new AbortController().signal);
}

async function claimed(session: Session): Promise<string> {
  const task = (await call(session, "tasks_send", { name: "work" })).structuredContent ?? {};
  await call(session, "tasks_claim", { id: task["id"], agent_id: "alice" });
  return String(task["id"]);
}

/** All that an answer says to an agent. */
function said({ content }: CallToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

/** Lets time pass, and what is due then happen. */
async function pass(milliseconds: number): Promise<void> {
  rig.advance(milliseconds);
  time.pass();
  // a renewal is a write: once a later read is answered, it has been made
  await rig.rows();
  await rig.rows();
  await rig.sweep();
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await rig.rows()).find((row) => row.id === id)?.state;
}

describe("a session", () => {
  test("keeps its agents there while it lives; one of a tab only while that is open", async () => {
    // a daemon that has just begun takes nobody for gone, unless it has seen how one went
    const { tabs, presence } = rig.services;
    const tab = crypto.randomUUID();
    const hello = { tab, client: "claude", wake: "none", wakes: "on", reservations: "warn" } as const;
    const followed = tabs.follow({ ...hello, handle: "alice", is_chosen: true });
    await followed.next();
    const session = sessions.open();
    session.tabId = tab;
    await call(session, "messages_list", { agent_id: "alice" });
    await call(sessions.open(), "messages_list", { agent_id: "bob" });
    expect([presence.isOpen("alice"), presence.isOpen("bob")]).toEqual([true, true]);
    followed.close();
    expect([presence.isOpen("alice"), presence.isOpen("bob")]).toEqual([false, true]);
    rig.advance(2 * minute);
    expect(presence.isOpen("bob")).toBe(false);
  });

  test("renews what it holds while its client lives", async () => {
    const session = sessions.open();
    session.streams = 1;
    const id = await claimed(session);
    for (let count = 0; count < 10; count += 1) {
      await pass(2.5 * minute);
      expect(await stateOf(id)).toBe("claimed");
    }
  });

  test("lets its leases end when its client is gone", async () => {
    const session = sessions.open();
    const id = await claimed(session);
    await pass(2.5 * minute);
    expect(time.scheduled).toBe(0);
    await pass(2.5 * minute);
    expect(await stateOf(id)).toBe("pending");
  });

  test("lets its leases end an hour after the last call of a tool", async () => {
    const session = sessions.open();
    session.streams = 1;
    const id = await claimed(session);
    for (let count = 0; count < 24; count += 1) await pass(2.5 * minute);
    expect(await stateOf(id)).toBe("claimed");
    await pass(2.5 * minute);
    await pass(2.5 * minute);
    expect(await stateOf(id)).toBe("pending");
  });

  test("renews nothing after it was closed, and cannot be found again", async () => {
    const session = sessions.open();
    await claimed(session);
    sessions.close(session);
    expect(time.scheduled).toBe(0);
    expect(sessions.find(session.id, null)).toBeNull();
    expect(sessions.size).toBe(0);
  });

  test("that is a single request's renews nothing, and hears of nothing", async () => {
    const session = strayTab(null);
    const id = await claimed(session);
    expect([time.scheduled, sessions.size]).toEqual([0, 0]);
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(session.news.size).toBe(0);
    await pass(5 * minute);
    expect(await stateOf(id)).toBe("pending");
  });

  test("renews nothing that it has completed, nor what another took over", async () => {
    const session = sessions.open();
    session.streams = 1;
    const done = await claimed(session);
    await call(session, "tasks_complete", { id: done });
    const lost = await claimed(session);
    await rig.call("tasks/release", { id: lost });
    await rig.call("tasks/claim", { id: lost, agentId: "bob" });
    await pass(2.5 * minute);
    await pass(2.5 * minute);
    expect(session.holds.size).toBe(0);
    expect(time.scheduled).toBe(0);
    expect(await stateOf(lost)).toBe("pending");
  });

  test("begins anew after a restart with what its client remembers, and only if the daemon gave it out", async () => {
    const session = sessions.open();
    const id = await claimed(session);
    const reminder = reminderOf(session);
    expect(reminder).toStartWith("1.");
    sessions = open();
    const again = sessions.find(session.id, reminder);
    expect(again).toMatchObject({ agent: "alice" });
    expect(again?.holds.get(id)).toMatchObject({ epoch: 1, agent: "alice" });
    expect(sessions.find(crypto.randomUUID(), reminder)).toBeNull();
    expect(sessions.find(`${crypto.randomUUID()}.${session.id.split(".")[1]}`, reminder)).toBeNull();
  });

  test("remembers after a restart what it had subscribed to, where, and how far it had caught up", () => {
    const session = sessions.open();
    session.project = "/here";
    session.caughtUp = { seq: 7, at: 1000 };
    session.subscriptions.remember(["cord://tasks", "cord://tasks/12"]);
    const reminder = reminderOf(session, session.subscriptions.uris);
    expect(reminder).toStartWith("2.");
    sessions = open();
    const again = sessions.find(session.id, reminder);
    expect(again).toMatchObject({ project: "/here", caughtUp: { seq: 7, at: 1000 } });
    expect(again?.subscriptions.uris).toEqual(["cord://tasks", "cord://tasks/12"]);
  });

  test("reminds of no more subscriptions than a header has room for, the newest", () => {
    const session = sessions.open();
    const uris = Array.from({ length: 64 }, (_, at) => `cord://tasks/${at}${"x".repeat(400)}`);
    sessions = open();
    const again = sessions.find(session.id, reminderOf(session, uris));
    expect(again?.subscriptions.uris).toEqual(uris.slice(-9));
  });

  test("takes a reminder that it cannot read for none", () => {
    const session = sessions.open();
    for (const reminder of [
      "",
      ".",
      "1.",
      "9.e30",
      "1.%%%",
      "x".repeat(10_000),
      `1.${btoa('{"agent":1}')}`,
    ]) {
      sessions = open();
      expect(sessions.find(session.id, reminder)).toMatchObject({ agent: null });
    }
  });

  test("is dropped when its client has been gone for long", async () => {
    const kept = sessions.open();
    kept.streams = 1;
    for (let count = 0; count < 10; count += 1) sessions.open();
    await pass(61 * minute);
    sessions.open();
    expect(sessions.size).toBe(2);
    expect(sessions.find(kept.id, null)).toBe(kept);
  });
});

describe("a tab", () => {
  test("sends the epoch of what it claimed, so that a late one is refused, also after it claimed under the same name", async () => {
    const [first, second] = [sessions.open(), sessions.open()];
    const id = await claimed(first);
    await rig.call("tasks/release", { id });
    await call(second, "tasks_claim", { id, agent_id: "alice" });
    const late = await call(first, "tasks_complete", { id, agent_id: "alice", result: 1 });
    expect(late).toMatchObject({ isError: true });
    expect(JSON.stringify(late.content)).toContain("stale lease");
    expect(await call(second, "tasks_complete", { id: id.slice(0, 18) })).toMatchObject({
      structuredContent: { ok: true },
    });
  });

  test("is one agent until another acts in it, and what one holds is not the other's", async () => {
    const session = sessions.open();
    const id = await claimed(session);
    expect(await call(session, "tasks_extend", { id })).toMatchObject({ structuredContent: { ok: true } });
    const other = (await call(session, "tasks_send", { name: "more" })).structuredContent ?? {};
    await call(session, "tasks_claim", { id: other["id"], agent_id: "bob" });
    for (const name of ["tasks_complete", "tasks_fail"]) {
      expect(said(await call(session, name, { id, agent_id: "bob" }))).toContain("stale lease: bob");
      expect(said(await call(session, name, { id }))).toContain(
        "Several agents act in this session (alice, bob)",
      );
    }
    expect(session.holds.get(id)).toMatchObject({ agent: "alice", epoch: 1 });
    // another epoch under the same name: the session's own is sent, and refused
    await rig.call("tasks/release", { id });
    await rig.call("tasks/claim", { id, agentId: "alice" });
    expect(said(await call(session, "tasks_complete", { id, agent_id: "alice" }))).toContain("stale lease");
    const done = await call(session, "tasks_complete", { id: other["id"], agent_id: "bob" });
    expect(done).toMatchObject({ structuredContent: { ok: true } });
    expect((await rig.rows()).map(({ state, claimed_by }) => [state, claimed_by]).toSorted()).toEqual([
      ["claimed", "alice"],
      ["completed", "bob"],
    ]);
  });

  test("that begins anew learns at each agent's first call what it still holds, and until when", async () => {
    const first = sessions.open();
    const id = await claimed(first);
    expect(said(await call(first, "tasks_list", {}))).not.toContain("holds");
    const again = sessions.open(first);
    const listed = await call(again, "tasks_list", {});
    const until = (await rig.rows()).find((row) => row.id === id)?.lease_until ?? 0;
    expect(listed.structuredContent?.["note"]).toContain(`alice holds, claimed earlier: `);
    expect(said(listed)).toContain(`"work" (${id}) until ${new Date(until).toISOString()}`);
    expect(said(await call(again, "tasks_list", {}))).not.toContain("holds");
    expect(await call(again, "tasks_complete", { id })).not.toHaveProperty("isError");
    expect(sessions.find(first.id, null)).toBeNull();
  });

  test("of another process learns it once it has said who it is", async () => {
    const id = await claimed(sessions.open());
    const other = sessions.open();
    expect(said(await call(other, "tasks_list", {}))).not.toContain("holds");
    expect(said(await call(other, "agents_heartbeat", { id: "bob", name: "Bob" }))).not.toContain("holds");
    expect(said(await call(other, "agents_heartbeat", { id: "alice", name: "Alice" }))).toContain(id);
    const task = (await call(other, "tasks_send", { name: "more" })).structuredContent ?? {};
    const third = sessions.open();
    const took = await call(third, "tasks_claim", { id: task["id"], agent_id: "alice" });
    expect(took.structuredContent?.["note"]).toContain(id);
    expect(took.structuredContent?.["note"]).not.toContain(String(task["id"]));
  });

  test("with an empty list is told once that other projects hold tasks, and how to see them", async () => {
    await rig.call("tasks/send", { name: "theirs", project: "/theirs\u001b[31m" });
    const session = sessions.open();
    session.project = "/mine";
    const empty = await call(session, "tasks_list", {});
    expect(empty.structuredContent).toMatchObject({ items: [] });
    expect(said(empty)).toContain(`Other projects on this machine hold tasks: "/theirs"`);
    expect(said(await call(session, "tasks_list", {}))).not.toContain("Other projects");
    const all = (await call(session, "tasks_list", { all_projects: true })).structuredContent;
    expect(all).toMatchObject({ items: [{ name: "theirs" }] });
    const unlimited = sessions.open();
    expect(said(await call(unlimited, "tasks_list", { kind: "bug" }))).not.toContain("Other projects");
  });

  test("sees and sends to its own project", async () => {
    const session = sessions.open();
    session.project = "/mine";
    await rig.call("tasks/send", { name: "theirs", project: "/theirs" });
    await call(session, "tasks_send", { name: "ours" });
    const { structuredContent } = await call(session, "tasks_list", {});
    expect(structuredContent).toMatchObject({ items: [{ name: "ours", project: "/mine" }] });
  });
});
