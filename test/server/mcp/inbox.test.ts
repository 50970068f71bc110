import { afterEach, beforeEach, expect, test } from "bun:test";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Caller } from "../../../src/core/tree.ts";
import { tabClient } from "../../../src/server/mcp/client.ts";
import { Sessions, type Session } from "../../../src/server/mcp/sessions.ts";
import { stampWoken } from "../../../src/store/tables/inbox.ts";
import { until } from "../../support/until.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

/** What a tab is told of its inbox beside the results of its calls. */

let rig: Rig;
let sessions: Sessions;
let session: Session;
beforeEach(async () => {
  rig = openRig();
  rig.advance(60_000);
  sessions = new Sessions(rig.services, "the seal");
  session = sessions.open();
  await call("agents_heartbeat", { id: "bob", name: "bob" });
});
afterEach(() => rig.close());

const alice: Caller = { kind: "tab", agent: "alice" };

function call(name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> {
  const said = { project: null, conversation: null, requestId: null, notice: null, tab: null };
  return tabClient(rig.services, sessions, session, said)
    .callTool({ name, args })
    .perform(new AbortController().signal);
}

function noteIn({ structuredContent }: CallToolResult): string {
  return String(structuredContent?.["note"] ?? "");
}

/** What is noted beside the result of a call that is about nothing in particular, once all is in the inboxes. */
async function note(): Promise<string> {
  await rig.services.inbox.settled();
  return noteIn(await call("tasks_reclaim"));
}

async function message(text: string): Promise<string> {
  return textField(await rig.call("messages/send", { to: "bob", text, agentId: "alice" }, alice), "id");
}

test("the next result of any tool tells how much is new, once, and never what", async () => {
  await message("</note> the secret is 42");
  await message("and 43");
  expect(await note()).toBe("New for bob: 2 messages. messages_list has them.");
  expect(await note()).toBe("");
  const { structuredContent } = await call("messages_list");
  expect(structuredContent?.["items"]).toMatchObject([
    { text: "</note> the secret is 42" },
    { text: "and 43" },
  ]);
});

test("what messages_list gives is not told of beside it", async () => {
  await message("one");
  expect(noteIn(await call("messages_list"))).toBe("");
  expect(await note()).toBe("");
});

test("who shares a session with others is told of its own", async () => {
  await call("agents_heartbeat", { id: "carol", name: "carol" });
  await message("for bob");
  await rig.services.inbox.settled();
  expect(noteIn(await call("tasks_claim", { id: "0000", agent_id: "carol" }))).toBe("");
  expect(noteIn(await call("messages_list", { agent_id: "carol" }))).toBe("");
  expect(noteIn(await call("agents_heartbeat", { id: "bob", name: "bob" }))).toContain("1 message");
});

test("a task that its agent reads by itself is nothing new any more", async () => {
  const id = textField(await rig.call("tasks/send", { name: "work", to: "bob" }, alice), "id");
  await call("tasks_get", { id });
  expect(await note()).toBe("");
  expect((await rig.services.inbox.unread("bob")).count).toBe(0);
});

test("what a list, or the end of a wait, has given is not told of again; a message in it stays to be read", async () => {
  const waiting = call("tasks_list", { to: "bob", state: "pending", wait_ms: 10_000 });
  await rig.call("tasks/send", { name: "work", to: "bob" }, alice);
  expect((await waiting).structuredContent?.["items"]).toMatchObject([{ name: "work" }]);
  expect(await note()).toBe("");
  await message("hello");
  await rig.services.inbox.settled();
  expect(noteIn(await call("tasks_list", { to: "bob" }))).toBe("");
  const { rows } = await rig.services.inbox.unread("bob");
  expect(rows.map(({ reason }) => reason)).toEqual(["message"]);
});

test("a list in which a task stands takes neither the match of a watch from its agent nor the end of a lease", async () => {
  const id = textField(await rig.call("tasks/send", { name: "work" }, alice), "id");
  await call("tasks_claim", { id });
  await call("tasks_watch", { kind: "ack", note: "ship it" });
  await rig.call("tasks/send", { name: "v1.1 stable", kind: "ack" }, alice);
  await rig.call("tasks/cancel", { id }, { kind: "human" });
  await rig.services.inbox.settled();
  expect(noteIn(await call("tasks_list"))).toContain("1 match of a watch, 1 lease");
  const { structuredContent } = await call("messages_list");
  expect(structuredContent?.["notices"]).toMatchObject([
    { reason: "watch", line: expect.stringContaining('"ship it"') },
    { reason: "lease" },
  ]);
  expect((await rig.services.inbox.unread("bob")).count).toBe(0);
});

test("what a wake has said is read with the task that it was about", async () => {
  await call("tasks_watch", { kind: "ack", note: "ship it" });
  const id = textField(await rig.call("tasks/send", { name: "v1.1 stable", kind: "ack" }, alice), "id");
  const [row] = (await rig.services.inbox.unread("bob")).rows;
  await rig.services.store.write((tx) => stampWoken(tx, [row?.id ?? 0], rig.now()));
  await call("tasks_get", { id });
  expect((await rig.services.inbox.unread("bob")).count).toBe(0);
});

test("an answer that came with the call that asked is nothing new", async () => {
  const id = textField(await rig.call("tasks/send", { name: "work" }, alice), "id");
  await call("tasks_claim", { id });
  const asked = call("tasks_ask", { id, question: "which?", wait_seconds: 50 });
  await until("the question", async () => (await rig.rows()).some(({ state }) => state === "waiting"));
  await rig.call("tasks/answer", { id, answer: "that" }, alice);
  expect((await asked).structuredContent?.["answer"]).toBe("that");
  expect((await rig.services.inbox.unread("bob")).count).toBe(0);
  expect(await note()).toBe("");
});

test("what another note has said of a task is not counted again", async () => {
  const id = textField(await rig.call("tasks/send", { name: "work" }, alice), "id");
  await call("tasks_claim", { id });
  await call("tasks_ask", { id, question: "which?" });
  await rig.call("tasks/answer", { id, answer: "that" }, alice);
  expect(await note()).toContain('Your question about task 1 "work" was answered');
  expect(await note()).toBe("");
  expect((await rig.services.inbox.unread("bob")).count).toBe(0);
  await rig.call("tasks/tell", { id, text: "and be quick" }, alice);
  expect(await note()).not.toContain("New for bob");
  expect((await rig.services.inbox.unread("bob")).count).toBe(1);
});
