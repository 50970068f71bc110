import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { tabClient } from "../../../src/server/mcp/client.ts";
import { Sessions, type Session } from "../../../src/server/mcp/sessions.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** Lists that fit what an agent's client takes: Claude Code refuses an answer of more than 25,000 tokens. */

const maxBytes = 50_000;
const maxTokens = 25_000;
/** of ids, times and hexadecimal text, which are the densest that there is */
const charactersPerToken = 2;

let rig: Rig;
let sessions: Sessions;
let session: Session;
beforeEach(() => {
  rig = openRig();
  sessions = new Sessions(rig.services, "the seal");
  session = sessions.open();
});
afterEach(() => rig.close());

const Answer = z.object({
  content: z.array(z.object({ text: z.string() })),
  structuredContent: z.looseObject({ items: z.array(z.looseObject({})), next: z.string().optional() }),
});

/** A list: its items as a client that shows structured content has them, and as text, and what is noted beside. */
async function list(name: string, args: Record<string, unknown> = {}) {
  const said = { project: null, tab: null, conversation: null, requestId: null, notice: null };
  const call = tabClient(rig.services, sessions, session, said).callTool({ name, args });
  const { content, structuredContent } = Answer.parse(await call.perform(new AbortController().signal));
  const [text = "", note = ""] = content.map((part) => part.text);
  const { items, next } = structuredContent;
  expect(JSON.parse(text)).toEqual(items);
  expect(Buffer.byteLength(text)).toBeLessThan(maxBytes + 1000);
  return { text, note, items, next };
}

const words = (bytes: number) => "the quick brown fox jumps over the lazy dog. ".repeat(bytes / 45);

async function send(count: number, payload: unknown): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await rig.call("tasks/send", { name: `task ${at}`, kind: "bug", payload });
}

test("thirty tasks of 2 kB are one page, far below what Claude Code takes; tasks_get has each whole", async () => {
  await send(30, { text: words(2000) });
  const { text, note, items, next } = await list("tasks_list", { kind: "bug" });
  expect(items).toHaveLength(30);
  expect(next).toBeUndefined();
  expect(text.length / 3.5).toBeLessThan(maxTokens / 2);
  expect(note).toBe("Of the texts named in cut only the beginning is here; tasks_get has them whole.");
  expect(items[0]).toMatchObject({ cut: { payload: expect.any(Number) } });
  expect(String(items[0]?.["payload"])).toHaveLength(501);
  const whole = await rig.call("tasks/get", { id: items[0]?.["id"] });
  expect(whole).toMatchObject({ payload: { text: words(2000) } });
});

test.each([
  ["words", words(3000), {}],
  ["three bytes for each character", "\u6f22".repeat(3000), {}],
  ["whole texts", words(3000), { full: true }],
])(
  "a page of long texts ends where it is full, and says where the next one starts: %s",
  async (_, payload, more) => {
    await send(60, payload);
    await rig.call("tasks/claim", { id: "1", agentId: "me" });
    await rig.call("tasks/complete", { id: "1", agentId: "me", result: payload });
    const seen = new Set<unknown>();
    let cursor: string | undefined;
    do {
      const page: Record<string, unknown> = cursor === undefined ? {} : { cursor };
      const { text, items, next, note } = await list("tasks_list", {
        kind: "bug",
        limit: 1000,
        ...more,
        ...page,
      });
      for (const { id } of items) seen.add(id);
      if (next !== undefined) expect(note).toContain(`There is more: call again with cursor "${next}".`);
      expect([...text].length / charactersPerToken).toBeLessThan(maxTokens + 1000);
      cursor = next;
    } while (cursor !== undefined);
    expect(seen.size).toBe(60);
  },
);

test("one task that is longer than a page is there, cut", async () => {
  await send(1, "x".repeat(200_000));
  const { items } = await list("tasks_list", { kind: "bug", full: true });
  expect(items).toMatchObject([{ cut: { payload: 200_000 } }]);
});

test("of more agents than fit those that were here last are shown, and how many there are", async () => {
  for (let at = 0; at < 400; at += 1) {
    rig.advance(1000);
    await rig.call("agents/heartbeat", { id: `agent ${at}`, name: "An agent ".repeat(12) });
  }
  const { items, note } = await list("agents_list");
  expect(items.length).toBeLessThan(400);
  expect(items[0]).toMatchObject({ id: "agent 399" });
  expect(note).toBe(`These are the first ${items.length} of 400.`);
});

test("tasks whose leases had ended come short too", async () => {
  await send(2, words(2000));
  for (const id of ["1", "2"]) await rig.call("tasks/claim", { id, agentId: "me", leaseSeconds: 1 });
  rig.advance(10_000);
  const { items, note } = await list("tasks_reclaim");
  expect(items).toMatchObject([{ cut: { payload: 1980 } }, { cut: { payload: 1980 } }]);
  expect(note).toContain("tasks_get has them whole");
});

test("what was said about a task, its files and its question are in no list", async () => {
  const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: words(2000) }] };
  await rig.call("tasks/send", { name: "asked", kind: "bug", message });
  await rig.call("tasks/claim", { id: "1", agentId: "me" });
  await rig.call("tasks/say", { id: "1", text: words(2000) });
  const artifact = { parts: [{ text: words(2000) }] };
  await rig.call("tasks/complete", { id: "1", agentId: "me", artifacts: [artifact] });
  expect(await rig.call("tasks/get", { id: "1" })).toMatchObject({
    messages: [{}, {}],
    artifacts: [{}],
  });
  const { items } = await list("tasks_list", { kind: "bug", full: true });
  for (const field of ["messages", "artifacts", "question"]) expect(items[0]).not.toHaveProperty(field);
});
