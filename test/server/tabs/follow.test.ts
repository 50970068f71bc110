import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { tabBounds } from "../../../src/core/limits.ts";
import { TabHello } from "../../../src/operations/tabs/schemas.ts";
import { hostile } from "../../support/hostile.ts";
import { openRig, textField } from "../../support/operations/rig.ts";
import { randomly } from "../../support/random.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { followTab } from "../../support/tabs.ts";

let daemon: DaemonHere;

beforeEach(() => {
  daemon = daemonHere();
});
afterEach(() => daemon.stop());

describe("the stream of a tab", () => {
  test("begins with its handle", async () => {
    const tab = await followTab(daemon);
    expect(await tab.handle()).toBe("claude-billing");
    expect(tab.said).toEqual([{ event: "tab", data: { handle: "claude-billing", unread: 0 } }]);
  });

  test("is its own: two tabs of one client and project have two handles", async () => {
    const [one, two] = [await followTab(daemon), await followTab(daemon)];
    expect([await one.handle(), await two.handle()].toSorted()).toEqual([
      "claude-billing",
      "claude-billing-2",
    ]);
  });

  test("tells a new handle when the client shows another name", async () => {
    const tab = await followTab(daemon);
    const before = await tab.handle();
    expect(await tab.report({ shown_name: "API review!" })).toEqual({ handle: "api-review" });
    expect(await tab.handle(before)).toBe("api-review");
  });

  test.each([
    ["?tab=1&client=claude&wake=inbox"],
    ["?client=claude&wake=inbox"],
    [`?tab=${crypto.randomUUID()}&client=x&wake=inbox`],
  ])("is refused for %s", async (query) => {
    const headers = { authorization: `Bearer ${daemon.token}` };
    expect((await fetch(`${daemon.url}tabs${query}`, { headers })).status).toBe(400);
  });

  test("is for whoever holds the daemon's token", async () => {
    expect((await fetch(`${daemon.url}tabs?tab=${crypto.randomUUID()}&client=claude&wake=none`)).status).toBe(
      401,
    );
  });
});

test(
  "whatever is asked of the stream, it is opened or refused, and the daemon goes on",
  randomly(async (random) => {
    const words = [
      "",
      "x",
      "-1",
      "1e9",
      "true",
      "null",
      "[]",
      "{}",
      "inbox",
      "claude",
      "\u0000",
      "é".repeat(300),
      hostile,
    ];
    const fields = Object.keys(TabHello.shape);
    for (let count = 0; count < 200; count += 1) {
      const query = new URLSearchParams({ tab: crypto.randomUUID(), client: "claude", wake: "none" });
      for (let more = random.int(4); more > 0; more -= 1) query.set(random.pick(fields), random.pick(words));
      const gone = new AbortController();
      const headers = { authorization: `Bearer ${daemon.token}` };
      const { status } = await fetch(`${daemon.url}tabs?${query}`, { headers, signal: gone.signal });
      expect([query.toString(), [200, 400].includes(status)]).toEqual([query.toString(), true]);
      gone.abort();
    }
    expect((await daemon.rpc("daemon/status")).error).toBeUndefined();
  }),
);

test("an agent whose tab is open is there, however long it has been silent", async () => {
  const rig = openRig();
  const hello = TabHello.parse({ tab: crypto.randomUUID(), client: "claude", wake: "none", project: "p" });
  const stream = rig.services.tabs.follow(hello);
  await stream.next();
  const agentId = "claude-p";
  const id = textField(await rig.call("tasks/send", { name: "work", project: "p" }), "id");
  const ask = async () => {
    await rig.call("tasks/claim", { id, agentId });
    await rig.call("tasks/ask", { id, agentId, question: "Which?" });
    rig.advance(3_600_000);
    return rig.call("tasks/answer", { id, answer: "this" });
  };
  expect(await ask()).toMatchObject({ state: "claimed", claimed_by: agentId });
  expect(await rig.call("daemon/status", {})).toMatchObject({ agents: { active: 1, stale: 0 } });
  await rig.call("tasks/release", { id, agentId });
  stream.close();
  // it was seen until it closed
  expect(await rig.call("daemon/status", {})).toMatchObject({ agents: { active: 1, stale: 0 } });
  expect(await ask()).toMatchObject({ state: "pending" });
  await rig.close();
});

test("a tab is woken for what is new, however much it leaves unread", async () => {
  const rig = openRig();
  const tab = TabHello.parse({
    tab: crypto.randomUUID(),
    client: "claude",
    wake: "inbox",
    handle: "bob",
    is_chosen: true,
  });
  const put = (line: string) =>
    rig.services.inbox.put({ agent: "bob", reason: "run", task_id: null, line, urgent: false });
  for (let number = 0; number < 150; number += 1) await put(`run ${number} has ended`);
  await rig.services.inbox.tell("bob", "note");
  const stream = rig.services.tabs.follow(tab);
  expect(await stream.next()).toMatchObject([{ event: "tab", data: { unread: 150 } }]);
  await put("run 150 has ended");
  expect(await stream.next()).toMatchObject([
    { event: "wake", data: { text: "1 new for bob: run 150 has ended. Read with messages_list. [cord 1]" } },
  ]);
  await rig.close();
});

test("a tab whose stream breaks off unnoticed is woken anew on the next for what it has not confirmed, and only for that", async () => {
  const rig = openRig();
  const said = { tab: crypto.randomUUID(), client: "claude", wake: "inbox", handle: "bob", is_chosen: true };
  const tab = TabHello.parse({ ...said, state: "busy" });
  const put = (line: string) =>
    rig.services.inbox.put({ agent: "bob", reason: "run", task_id: null, line, urgent: true });
  const first = rig.services.tabs.follow(tab);
  await first.next();
  await put("run 1 has ended");
  expect(await first.next()).toMatchObject([{ event: "wake", data: { wake: 1 } }]);
  await rig.services.tabs.report({ tab: tab.tab, woken: { wake: 1, by: "inbox", isDelivered: true } });
  rig.advance(tabBounds.coalesceMs);
  await put("run 2 has ended");
  // nobody reads what the daemon has written to it
  expect(await first.next()).toMatchObject([{ event: "wake", data: { wake: 2 } }]);
  const second = rig.services.tabs.follow(tab);
  expect(await second.next()).toMatchObject([{ event: "tab", data: { unread: 2 } }]);
  rig.advance(tabBounds.coalesceMs);
  expect(await second.next()).toMatchObject([
    { event: "wake", data: { text: "1 new for bob: run 2 has ended. Read with messages_list. [cord 3]" } },
  ]);
  await rig.close();
});

test("a report of a tab that is not open is refused", async () => {
  const { error } = await daemon.rpc("tabs/report", { tab: crypto.randomUUID(), state: "idle" });
  expect(error?.data.code).toBe("not_found");
});
