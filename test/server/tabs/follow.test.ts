import { afterEach, beforeEach, describe, expect, test } from "bun:test";
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

test("a report of a tab that is not open is refused", async () => {
  const { error } = await daemon.rpc("tabs/report", { tab: crypto.randomUUID(), state: "idle" });
  expect(error?.data.code).toBe("not_found");
});
