import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Event } from "../../../src/core/event.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { followTab, type FollowedTab } from "../../support/tabs.ts";
import { until } from "../../support/until.ts";

let daemon: DaemonHere;

beforeEach(() => {
  daemon = daemonHere();
});
afterEach(() => daemon.stop());

const send = (to: string, name = "look at the API") =>
  daemon.rpc("tasks/send", { name, kind: "message", to });
const agent = async (id: string) => {
  const { result } = await daemon.rpc("agents/list");
  return (Array.isArray(result) ? result : []).find((one) => one.id === id);
};
const isDelivered = (tab: FollowedTab, wake: unknown, more: object = {}) =>
  tab.report({ woken: { wake, by: "inbox", isDelivered: true, ...more } });

describe("a message to a tab", () => {
  test("wakes it, with a line that holds nothing of its text", async () => {
    const tab = await followTab(daemon);
    await send(await tab.handle(), "secret text");
    const [wake] = await tab.wakes(1);
    expect(wake).toEqual({
      wake: 1,
      urgent: false,
      text: expect.stringContaining("1 new for claude-billing: message"),
    });
    expect(JSON.stringify(wake)).not.toContain("secret");
  });

  test("that came while it was away wakes it when it opens", async () => {
    const before = await followTab(daemon);
    const handle = await before.handle();
    await before.end();
    await send(handle);
    const tab = await followTab(daemon, { tab: before.tab });
    await tab.wakes(1);
    expect(tab.said[0]?.data).toEqual({ handle, unread: 1 });
  });

  test("counts as told once its bridge has delivered the wake", async () => {
    const tab = await followTab(daemon);
    const { result } = await send(await tab.handle());
    const [wake] = await tab.wakes(1);
    await isDelivered(tab, wake?.["wake"]);
    const id = typeof result === "object" && result !== null ? Reflect.get(result, "id") : "";
    const history = await daemon.rpc("tasks/history", { id });
    const told = (Array.isArray(history.result) ? history.result : []).filter(
      ({ type }: Event) => type === "task.delivered",
    );
    expect(told.map(({ data }) => data)).toEqual([{ to: "claude-billing", by: "wake" }]);
  });

  test("wakes only a plugin where one acts for the tab", async () => {
    const bridge = await followTab(daemon, { client: "opencode", wake: "none" });
    const handle = await bridge.handle();
    expect((await agent(handle)).wake).toBe("none");
    const plugin = await followTab(daemon, { client: "opencode", wake: "plugin", tab: bridge.tab });
    expect(await plugin.handle()).toBe(handle);
    expect((await agent(handle)).wake).toBe("plugin");
    await send(handle);
    await plugin.wakes(1);
    await plugin.end();
    expect(bridge.said.filter(({ event }) => event === "wake")).toEqual([]);
    expect((await agent(handle)).is_open).toBe(true);
  });

  test("wakes no tab whose project wants none woken", async () => {
    const tab = await followTab(daemon, { wakes: "off" });
    await send(await tab.handle());
    expect((await daemon.rpc("tabs/poke", { agent: await tab.handle() })).result).toEqual({
      agent: "claude-billing",
      woken: null,
      trouble: expect.stringContaining('[tabs] wake = "off"'),
    });
    expect(tab.said.map(({ event }) => event)).toEqual(["tab"]);
  });
});

describe("agents/list", () => {
  test("says of a tab what its bridge said, and that it is there, until it closes", async () => {
    const tab = await followTab(daemon, {
      client_version: "2.1.332",
      folder: "/work/billing/w1",
      state: "busy",
    });
    const handle = await tab.handle();
    expect(await agent(handle)).toMatchObject({
      status: "active",
      client: "claude",
      client_version: "2.1.332",
      project: "/work/billing",
      folder: "/work/billing/w1",
      state: "busy",
      wake: "inbox",
      wakes_left: 20,
      unread: 0,
      is_open: true,
    });
    await tab.report({ state: "waiting", waiting_for: "permission prompt" });
    expect(await agent(handle)).toMatchObject({ state: "waiting", waiting_for: "permission prompt" });
    await send(handle);
    await tab.wakes(1);
    expect(await agent(handle)).toMatchObject({ unread: 1, wakes_left: 19 });
    await tab.report({ state: "idle" });
    const idle = await agent(handle);
    expect([idle.state, idle.waiting_for]).toEqual(["idle", undefined]);
    await tab.end();
    const { is_open, state, wake } = await agent(handle);
    expect({ is_open, state, wake }).toEqual({ is_open: false, state: undefined, wake: undefined });
  });
});

describe("a poke", () => {
  test("wakes a tab, and says by which way", async () => {
    const tab = await followTab(daemon);
    const poking = daemon.rpc("tabs/poke", { agent: await tab.handle() });
    const [wake] = await tab.wakes(1);
    expect(wake).toMatchObject({ urgent: true, text: expect.stringContaining("a person pokes you") });
    await isDelivered(tab, wake?.["wake"]);
    expect((await poking).result).toEqual({ agent: "claude-billing", woken: "inbox" });
  });

  test("waits for no other wake", async () => {
    const tab = await followTab(daemon);
    const handle = await tab.handle();
    await send(handle);
    await tab.wakes(1);
    const poking = daemon.rpc("tabs/poke", { agent: handle });
    const [, second] = await tab.wakes(2);
    await isDelivered(tab, second?.["wake"]);
    expect((await poking).result).toEqual({ agent: handle, woken: "inbox" });
  });

  test("with a text is a message to its agent, of which the wake holds nothing", async () => {
    const tab = await followTab(daemon);
    const poking = daemon.rpc("tabs/poke", { agent: await tab.handle(), text: "please look" });
    const [wake] = await tab.wakes(1);
    expect(JSON.stringify(wake)).not.toContain("please");
    await isDelivered(tab, wake?.["wake"], { isDelivered: false, trouble: "it is held." });
    expect((await poking).result).toEqual({
      agent: "claude-billing",
      woken: null,
      trouble: "claude-billing could not be woken: it is held.",
    });
    const found = await daemon.rpc("tasks/list", { kind: "message", to: "claude-billing" });
    expect(found.result).toMatchObject([{ priority: "urgent", payload: { text: "please look" } }]);
  });

  test.each(["*", "@claude"])("names one agent, and %s is none", async (agent) => {
    expect((await daemon.rpc("tabs/poke", { agent })).error?.data.code).toBe("invalid");
  });

  test("of a name that nobody has had is refused", async () => {
    const { error } = await daemon.rpc("tabs/poke", { agent: "nobody", text: "hello" });
    expect(error?.data.code).toBe("not_found");
    expect(error?.message).toContain("cord agents");
  });

  test("of an agent without a tab lies in its inbox", async () => {
    await daemon.rpc("agents/heartbeat", { id: "shell", name: "shell" });
    const { result } = await daemon.rpc("tabs/poke", { agent: "shell" });
    expect(result).toMatchObject({ woken: null, trouble: expect.stringContaining("has no open tab") });
  });
});

describe("whose a process is", () => {
  test("is told by the nearest of its ancestors that is a client", async () => {
    const outer = await followTab(daemon, { pid: "100" });
    const inner = await followTab(daemon, { pid: "200", folder: "/work/billing" });
    const whose = async (pids: number[]) => (await daemon.rpc("tabs/whose", { pids })).result;
    const tab = {
      tab: inner.tab,
      handle: await inner.handle(),
      project: "/work/billing",
      folder: "/work/billing",
    };
    expect(await whose([300, 200, 100, 1])).toEqual(tab);
    expect(await whose([100])).toMatchObject({ handle: await outer.handle() });
    expect(await whose([300, 1])).toBe(null);
    expect(await whose([])).toBe(null);
  });

  test("is told by the process that a tab has now, and by none once it is closed", async () => {
    const before = await followTab(daemon, { pid: "100" });
    const handle = await before.handle();
    const other = await followTab(daemon, { pid: "100", tab: before.tab });
    const tab = await followTab(daemon, { pid: "200", tab: before.tab });
    await Promise.all([before.ended, other.ended, tab.handle()]);
    await tab.report({ shown_name: "billing api" });
    await tab.handle(handle);
    const whose = async (pid: number) => (await daemon.rpc("tabs/whose", { pids: [pid] })).result;
    expect(await whose(100)).toBe(null);
    expect(await whose(200)).toMatchObject({ handle: "billing-api" });
    await tab.end();
    await until("the tab to be closed", async () => (await whose(200)) === null);
  });

  test("is told by its conversation where one process has several, as Codex' app server, and by nobody who does not know that", async () => {
    const [one, other] = [
      await followTab(daemon, { pid: "100", client: "codex", conversation: "one" }),
      await followTab(daemon, { pid: "100", client: "codex", conversation: "other" }),
    ];
    const whose = async (more: object) => (await daemon.rpc("tabs/whose", { pids: [100], ...more })).result;
    expect(await whose({ conversation: "one" })).toMatchObject({ handle: await one.handle() });
    expect(await whose({ conversation: "other" })).toMatchObject({ handle: await other.handle() });
    expect(await whose({ conversation: "a third" })).toBe(null);
    expect(await whose({})).toBe(null);
  });
});
