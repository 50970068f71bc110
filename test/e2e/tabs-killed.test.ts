import { afterEach, expect, test } from "bun:test";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { followTab, type FollowedTab } from "../support/tabs.ts";

/** A daemon that is killed, with -9, at every point between a message and the wake that it leads to. */

let daemon: DaemonProcess;
afterEach(() => daemon[Symbol.asyncDispose]());

const send = async (to: string) => {
  const { error } = await daemon.rpc("tasks/send", { name: "hello", kind: "message", to });
  expect(error).toBeUndefined();
};
const confirm = (tab: FollowedTab, wake: unknown) =>
  tab.report({ woken: { wake, by: "inbox", isDelivered: true } });
const about = async (handle: string) => {
  const { result } = await daemon.rpc("agents/list");
  const found = (Array.isArray(result) ? result : []).find(({ id }) => id === handle);
  return { unread: found?.unread, wakes_left: found?.wakes_left };
};

/** The next daemon has the same data. */
async function killed(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  await daemon.end(signal);
  daemon = await daemonProcess({ dataHome: daemon.dataHome });
}

const comesBack = (tab: FollowedTab, handle: string) =>
  followTab(daemon, { tab: tab.tab, handle, conversation: "c1" });

test("before the wake: the tab is woken when it comes back, once, for that alone", async () => {
  daemon = await daemonProcess();
  const tab = await followTab(daemon, { conversation: "c1" });
  const handle = await tab.handle();
  await send(handle);
  const [first] = await tab.wakes(1);
  await confirm(tab, first?.["wake"]);
  // so soon after a wake this one waits for the end of the three seconds
  await send(handle);
  expect(tab.said.filter(({ event }) => event === "wake").length).toBe(1);
  await killed();
  const again = await comesBack(tab, handle);
  const [wake] = await again.wakes(1);
  expect(wake).toEqual({
    wake: 3,
    urgent: false,
    text: expect.stringMatching(/^1 new for claude-billing: message 2 /),
  });
  await confirm(again, 3);
  expect(await about(handle)).toEqual({ unread: 2, wakes_left: 18 });
  // what it was told of wakes it no more
  await killed();
  const third = await comesBack(tab, handle);
  await third.report({ state: "idle" });
  expect(await third.handle()).toBe(handle);
  expect(await about(handle)).toEqual({ unread: 2, wakes_left: 18 });
  expect(third.said.map(({ event }) => event)).toEqual(["tab"]);
});

test("after the wake, before its bridge has said that it came: the tab is woken anew, by a line that is unlike the last", async () => {
  daemon = await daemonProcess();
  const tab = await followTab(daemon, { conversation: "c1" });
  const handle = await tab.handle();
  await send(handle);
  const [lost] = await tab.wakes(1);
  await killed();
  const again = await comesBack(tab, handle);
  const [wake] = await again.wakes(1);
  expect(wake?.["text"]).toStartWith("1 new for claude-billing: message 1 ");
  expect(wake?.["text"] === lost?.["text"]).toBe(false);
});

test.each(["SIGKILL", "SIGTERM"] as const)(
  "a tab that comes back has its handle after a %s, also where another is first at the new daemon",
  async (signal) => {
    daemon = await daemonProcess();
    const tab = await followTab(daemon);
    const handle = await tab.handle();
    await killed(signal);
    const other = await followTab(daemon);
    expect(await other.handle()).toBe(`${handle}-2`);
    expect(await (await followTab(daemon, { tab: tab.tab })).handle()).toBe(handle);
  },
);

test("a conversation that goes on in a new process is the same tab at the new daemon, at once", async () => {
  daemon = await daemonProcess();
  const handle = await (await followTab(daemon, { conversation: "c1" })).handle();
  await killed();
  expect(await (await followTab(daemon, { conversation: "c1" })).handle()).toBe(handle);
});
