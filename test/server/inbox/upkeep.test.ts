import { expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { openRig, textField } from "../../support/operations/rig.ts";

/** What the keeper of the inboxes has in memory: it is right again after a trouble, and stays small. */

const tab = (agent: string): Caller => ({ kind: "tab", agent });

test("a watch counts also where the disk failed just as it was to be read", async () => {
  const store = openSqlite(":memory:");
  const rig = openRig(store, false);
  const complained = Promise.withResolvers<string>();
  let isFailing = false;
  const failing: Store = {
    ...store,
    onCommit: (listener) => store.onCommit(listener),
    write: (job) => store.write(job),
    read(job) {
      if (!isFailing) return store.read(job);
      isFailing = false;
      return Promise.reject(new Error("it cannot be read"));
    },
  };
  const inbox = new Inboxes({
    store: failing,
    clock: rig.now,
    complain: complained.resolve,
    retryMs: { min: 1, max: 1 },
  });
  await inbox.settled();
  const heard = new Promise<void>((resolve) => inbox.onNew("carol", resolve));
  await inbox.changingWatches("bob", async () => {
    await rig.call("tasks/watch", { agentId: "bob", kind: "release" }, tab("bob"));
    isFailing = true;
  });
  expect(await complained.promise).toContain("it cannot be read");
  await rig.call("tasks/send", { name: "v1", kind: "release" }, tab("alice"));
  await rig.call("messages/send", { to: "carol", text: "v1 is out", agentId: "alice" }, tab("alice"));
  await heard;
  expect((await inbox.unread("bob")).rows.map(({ reason }) => reason)).toEqual(["watch"]);
  await inbox.stop();
  await rig.close();
});

test("events cost no write each after any number of messages that were read", async () => {
  const store = openSqlite(":memory:");
  const rig = openRig(store, false);
  const inbox = new Inboxes({ store, clock: rig.now, complain: () => {}, maxUnreadTasks: 4 });
  for (let n = 0; n < 10; n += 1) {
    const message = await rig.call(
      "messages/send",
      { to: "bob", text: "hi", agentId: "alice" },
      tab("alice"),
    );
    await inbox.heard("bob", [textField(message, "id")], "read");
  }
  await inbox.settled();
  const cursor = () => store.read((tx) => tx.get("SELECT seq FROM cursors WHERE name = 'inbox'"));
  const before = await cursor();
  await rig.call("tasks/send", { name: "work" });
  await inbox.settled();
  expect(await cursor()).toEqual(before);
  expect((await inbox.unread("bob")).count).toBe(0);
  await inbox.stop();
  await rig.close();
});
