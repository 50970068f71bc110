import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { candidates, handleFor, isMadeOf } from "../../../src/server/tabs/handles.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { hostile } from "../../support/hostile.ts";
import { followTab, type FollowedTab } from "../../support/tabs.ts";
import { until } from "../../support/until.ts";

describe("the handle that a tab is given", () => {
  const project = "/work/billing";

  test.each([
    ["proj-44", "proj-44"],
    ["  API: review!  ", "api-review"],
    ["Ünïcode Straße", "ünïcode-strasse"],
    ["human", "claude-billing"],
    ["#4", "4"],
    ["***", "claude-billing"],
    ["", "claude-billing"],
    [hostile, "pwn-txt.exe"],
    ["x".repeat(300), "x".repeat(48)],
  ])("for the shown name %p is %p", (shownName, handle) => {
    expect(handleFor({ shownName, client: "claude", project })).toBe(handle);
  });

  test.each([
    ["/work/billing/", "claude-billing"],
    ["C:\\work\\Billing", "claude-billing"],
    ["a name", "claude-a-name"],
    ["/", "claude"],
    [null, "claude"],
  ])("in the project %p is %p", (project, handle) => {
    expect(handleFor({ client: "claude", project })).toBe(handle);
  });

  test("says agent of a program that nobody knows", () => {
    expect(handleFor({ client: "other", project })).toBe("agent-billing");
  });

  test("gets a number where it is taken", () => {
    const [first, second, third] = candidates("bob", "id");
    expect([first, second, third]).toEqual(["bob", "bob-2", "bob-3"]);
    expect([...candidates("bob", "id")].length).toBe(250);
    expect(["bob", "bob-2", "bob-x", "bobby", "bob-"].map((one) => isMadeOf(one, "bob"))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

const idIn = (result: unknown) =>
  typeof result === "object" && result !== null ? Reflect.get(result, "id") : undefined;

describe("a daemon", () => {
  let daemon: DaemonHere;
  beforeEach(() => {
    daemon = daemonHere();
  });

  test.each(["human", "tab", "*", "@claude", "#4", "engine:1", "\u001b"])(
    "gives a tab that is started as %p another handle",
    async (handle) => {
      const tab = await followTab(daemon, { handle, is_chosen: "true" });
      expect(await tab.handle()).toBe("claude-billing");
    },
  );
  afterEach(() => daemon.stop());

  /** Ends a tab, once the daemon knows. */
  async function gone(tab: FollowedTab): Promise<void> {
    await tab.end();
    await until(
      "its end",
      async () => (await daemon.rpc("tabs/report", { tab: tab.tab })).error !== undefined,
    );
  }

  test("gives the handle of a tab that is gone to the next", async () => {
    const first = await followTab(daemon);
    await first.handle();
    await gone(first);
    expect(await (await followTab(daemon)).handle()).toBe("claude-billing");
  });

  test.each<[string, (handle: string) => Promise<unknown>]>([
    ["has something unread", (to) => daemon.rpc("tasks/send", { name: "hello", kind: "ack", to })],
    ["is sent a task", (to) => daemon.rpc("tasks/send", { name: "hello", to })],
    [
      "holds a task",
      async (agentId) => {
        const { result } = await daemon.rpc("tasks/send", { name: "hello" });
        return daemon.rpc("tasks/claim", { id: idIn(result), agentId });
      },
    ],
  ])("does not, as long as that %s", async (_, give) => {
    const first = await followTab(daemon);
    const handle = await first.handle();
    await give(handle);
    await gone(first);
    expect(await (await followTab(daemon)).handle()).toBe(`${handle}-2`);
  });

  test("gives nobody a handle that an agent chose, or that one goes by who is no tab", async () => {
    await daemon.rpc("agents/heartbeat", { id: "claude-billing", name: "from a shell" });
    const tab = await followTab(daemon, { handle: "alice", is_chosen: "true" });
    expect(await tab.handle()).toBe("alice");
    await gone(tab);
    expect(await (await followTab(daemon, { shown_name: "alice" })).handle()).toBe("alice-2");
    expect(await (await followTab(daemon)).handle()).toBe("claude-billing-2");
  });

  test("knows a tab again by its conversation, with what is in its inbox", async () => {
    const first = await followTab(daemon, { conversation: "c1" });
    const handle = await first.handle();
    await gone(first);
    await daemon.rpc("tasks/send", { name: "hello", kind: "message", to: handle });
    const other = await followTab(daemon, { conversation: "c2" });
    expect(await other.handle()).toBe(`${handle}-2`);
    const again = await followTab(daemon, { conversation: "c1" });
    expect(await again.handle()).toBe(handle);
    await again.wakes(1);
  });

  test("takes two open tabs of one conversation for two, and those of two clients too", async () => {
    await (await followTab(daemon, { conversation: "c1" })).handle();
    expect(await (await followTab(daemon, { conversation: "c1" })).handle()).toBe("claude-billing-2");
    const codex = await followTab(daemon, { conversation: "c1", client: "codex" });
    expect(await codex.handle()).toBe("codex-billing");
  });

  test("knows a conversation again that a tab resumes, and the one that it leaves when somebody resumes that", async () => {
    const old = await followTab(daemon, { conversation: "c1", shown_name: "old" });
    expect(await old.handle()).toBe("old");
    await gone(old);
    const tab = await followTab(daemon, { conversation: "c2", shown_name: "new" });
    expect(await tab.handle()).toBe("new");
    expect(await tab.report({ conversation: "c1" })).toEqual({ handle: "old" });
    expect(await tab.handle("new")).toBe("old");
    const other = await followTab(daemon, { conversation: "c2" });
    expect(await other.handle()).toBe("new");
    // a conversation that nobody knows is the same tab, as after /clear
    expect(await tab.report({ conversation: "c3" })).toEqual({ handle: "old" });
  });

  test("knows a tab again also where its client says late which conversation it is", async () => {
    const old = await followTab(daemon, { client: "codex", conversation: "c1" });
    const handle = await old.handle();
    await daemon.rpc("tasks/send", { name: "hello", to: handle });
    await gone(old);
    const tab = await followTab(daemon, { client: "codex" });
    const meanwhile = await tab.handle();
    expect(meanwhile).toBe("codex-billing-2");
    const { result } = await daemon.rpc("tasks/send", { name: "meanwhile", to: meanwhile });
    expect(await tab.report({ conversation: "c1" })).toEqual({ handle });
    expect((await daemon.rpc("tasks/get", { id: idIn(result) })).result).toMatchObject({ to: handle });
    const { result: agents } = await daemon.rpc("agents/list");
    expect((Array.isArray(agents) ? agents : []).map(({ id }) => id)).toEqual([handle]);
  });

  test("leaves a tab the handle that its agent chose before it was known which conversation it is", async () => {
    const old = await followTab(daemon, { client: "codex", conversation: "c1" });
    await old.handle();
    await gone(old);
    const tab = await followTab(daemon, { client: "codex", handle: "alice", is_chosen: "true" });
    expect(await tab.handle()).toBe("alice");
    expect(await tab.report({ conversation: "c1" })).toEqual({ handle: "alice" });
    await gone(tab);
    expect(await (await followTab(daemon, { client: "codex", conversation: "c1" })).handle()).toBe("alice");
  });

  test("has no two open tabs of one handle, whoever comes back", async () => {
    const first = await followTab(daemon, { conversation: "c1" });
    await first.handle();
    await gone(first);
    const second = await followTab(daemon);
    expect(await second.handle()).toBe("claude-billing");
    const again = await followTab(daemon, { tab: first.tab, conversation: "c1" });
    expect(await again.handle()).toBe("claude-billing-2");
  });
});
