import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { tabCaller } from "../../support/clients/tool-caller.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { followTab, type FollowedTab } from "../../support/tabs.ts";

/** What an MCP session makes of the tab that its bridge names. */

let daemon: DaemonHere;

beforeEach(() => {
  daemon = daemonHere();
});
afterEach(() => daemon.stop());

const sessionOf = ({ tab }: Pick<FollowedTab, "tab">) => tabCaller(daemon, { "cord-tab": tab });
const sent = async (more: object = {}) => {
  const { result } = await daemon.rpc("tasks/send", { name: "work", ...more });
  return String(typeof result === "object" && result !== null ? Reflect.get(result, "id") : "");
};
const task = async (id: string) => (await daemon.rpc("tasks/get", { id })).result;
const renames = async () => {
  const response = await fetch(`${daemon.url}events?since=0`, {
    headers: { authorization: `Bearer ${daemon.token}` },
  });
  let text = "";
  for await (const piece of response.body ?? []) {
    text += new TextDecoder().decode(piece);
    if (text.includes("the end")) break;
  }
  return [...text.matchAll(/event: agent\.renamed\ndata: (.*)\n/g)].map(([, data = ""]) => JSON.parse(data));
};

describe("a session of a tab", () => {
  test("acts as the tab where a call does not say who it is", async () => {
    const tab = await followTab(daemon);
    const session = await sessionOf(tab);
    const { value } = await session.call("tasks_claim", { id: await sent() });
    expect(value["claimed_by"]).toBe(await tab.handle());
  });

  test("waits for its tab to be opened", async () => {
    const tab = crypto.randomUUID();
    const session = await sessionOf({ tab });
    const claiming = session.call("tasks_claim", { id: await sent() });
    await followTab(daemon, { tab });
    expect((await claiming).value["claimed_by"]).toBe("claude-billing");
  });

  test("has nobody to act as where its tab does not come", async () => {
    const session = await sessionOf({ tab: crypto.randomUUID() });
    expect((await session.call("tasks_claim", { id: await sent() })).isError).toBe(true);
  });

  test("reads a header that is no id as none", async () => {
    const session = await tabCaller(daemon, { "cord-tab": "x".repeat(2000) });
    expect((await session.call("tasks_claim", { id: await sent() })).isError).toBe(true);
  });
});

describe("a heartbeat with another id", () => {
  test("gives the tab that handle, and with it what the tab holds, is sent and has not read", async () => {
    const tab = await followTab(daemon);
    const before = await tab.handle();
    const session = await sessionOf(tab);
    const [held, meant] = [await sent(), await sent({ to: before })];
    await session.call("tasks_claim", { id: held });
    await session.call("agents_heartbeat", { id: "alice", name: "Alice" });
    expect(await tab.handle(before)).toBe("alice");
    expect(await task(held)).toMatchObject({ claimed_by: "alice", state: "claimed" });
    expect(await task(meant)).toMatchObject({ to: "alice" });
    // the session goes on with what it holds, under its epoch
    expect(await session.call("tasks_complete", { id: held, result: "done" })).toMatchObject({
      isError: false,
    });
    expect(tab.said.findLast(({ event }) => event === "tab")?.data).toEqual({
      handle: "alice",
      unread: 1,
    });
    const { result } = await daemon.rpc("agents/list");
    expect((Array.isArray(result) ? result : []).map(({ id, name }) => [id, name])).toEqual([
      ["alice", "Alice"],
    ]);
    await sent({ name: "the end" });
    expect(await renames()).toMatchObject([{ agent: "alice", data: { from: before } }]);
  });

  test.each([
    ["agents_heartbeat", { id: "alice", name: "Alice" }],
    ["messages_list", { agent_id: "alice" }],
  ])("counts also where %s is called before the tab's stream is there", async (name, input) => {
    const tab = crypto.randomUUID();
    const session = await sessionOf({ tab });
    const calling = session.call(name, input);
    const opened = await followTab(daemon, { tab });
    expect((await calling).isError).toBe(false);
    expect(await opened.report()).toEqual({ handle: "alice" });
  });

  test("counts for the calls that come with it", async () => {
    const tab = await followTab(daemon, { folder: "/work/billing" });
    const session = await sessionOf(tab);
    const all = await Promise.all([
      session.call("agents_heartbeat", { id: "alice", name: "Alice" }),
      session.call("files_reserve", { paths: ["src/**"] }),
      session.call("tasks_watch", { kind: ["bug"] }),
      session.call("tasks_claim", { id: await sent() }),
    ]);
    expect(all.map(({ isError }) => isError)).toEqual([false, false, false, false]);
    expect(all[1]?.value["agent"]).toBe("alice");
    expect(all[3]?.value["claimed_by"]).toBe("alice");
    expect((await session.call("tasks_watch", {})).text).toContain('"bug"');
  });

  test("waits for a tab that is known and has yet to come back, and is no error where it does not", async () => {
    const gone = await followTab(daemon);
    const handle = await gone.handle();
    await gone.end();
    const session = await sessionOf(gone);
    const calling = session.call("agents_heartbeat", { id: "alice", name: "Alice" });
    const back = await followTab(daemon, { tab: gone.tab, handle });
    expect((await calling).isError).toBe(false);
    expect(await back.report()).toEqual({ handle: "alice" });
    await back.end();
    const again = await (await sessionOf(gone)).call("agents_heartbeat", { id: "bob", name: "Bob" });
    expect(again.isError).toBe(false);
  });

  test("is a sub-agent's where the tab has chosen already", async () => {
    const tab = await followTab(daemon);
    const before = await tab.handle();
    const session = await sessionOf(tab);
    await session.call("agents_heartbeat", { id: "alice", name: "Alice" });
    const { text } = await session.call("agents_heartbeat", { id: "helper", name: "Helper" });
    expect(text).toContain("This tab is alice for the others");
    await sent({ to: "alice", kind: "message" });
    expect((await tab.wakes(1))[0]?.["text"]).toContain('messages_list as agent_id "alice"');
    expect(await tab.report()).toEqual({ handle: "alice" });
    expect((await session.call("tasks_claim", { id: await sent() })).text).toContain("Several agents act");
    expect((await session.call("tasks_claim", { id: await sent(), agent_id: "helper" })).isError).toBe(false);
    expect(before).not.toBe("alice");
  });

  test("takes no handle from another open tab", async () => {
    const [one, other] = [await followTab(daemon), await followTab(daemon)];
    const handle = await one.handle();
    const { text } = await (await sessionOf(other)).call("agents_heartbeat", { id: handle, name: handle });
    expect(text).toContain(`This tab is ${await other.handle()} for the others`);
    expect(await other.report()).toEqual({ handle: await other.handle() });
    expect(await one.report()).toEqual({ handle });
  });

  test.each(["human", "*", "@claude", "#4", "engine:1", "#4 of run 019aa4f1", " "])(
    "makes no tab of %p",
    async (id) => {
      const tab = await followTab(daemon);
      const handle = await tab.handle();
      await (await sessionOf(tab)).call("agents_heartbeat", { id, name: "name" });
      expect(await tab.report()).toEqual({ handle });
    },
  );

  test("may be left out: what the first call says it is becomes the tab's handle too", async () => {
    const tab = await followTab(daemon);
    const session = await sessionOf(tab);
    await session.call("tasks_claim", { id: await sent(), agent_id: "alice" });
    expect(await tab.report()).toEqual({ handle: "alice" });
    const { value } = await session.call("tasks_claim", { id: await sent() });
    expect(value["claimed_by"]).toBe("alice");
  });

  test("once a tab has acted under its own handle, a call that names another is that one's alone", async () => {
    const tab = await followTab(daemon);
    const handle = await tab.handle();
    const session = await sessionOf(tab);
    await session.call("tasks_claim", { id: await sent() });
    await session.call("tasks_claim", { id: await sent(), agent_id: "helper" });
    expect(await tab.report()).toEqual({ handle });
  });
});

test("a tab is not woken while its agent waits in a call", async () => {
  const tab = await followTab(daemon);
  const handle = await tab.handle();
  const session = await sessionOf(tab);
  const waiting = session.call("tasks_list", { to: handle, kind: "message", wait_ms: 20_000 });
  const held = async () => (await daemon.rpc("tabs/poke", { agent: handle })).result;
  // a poke says so once the call is held open
  while (!JSON.stringify(await held()).includes("waits in a call"))
    await tab.report({ woken: { wake: 1, by: "inbox", isDelivered: true } });
  const before = tab.said.filter(({ event }) => event === "wake").length;
  await sent({ to: handle, kind: "message" });
  await waiting;
  expect(tab.said.filter(({ event }) => event === "wake").length).toBe(before);
});
