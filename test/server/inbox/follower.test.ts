import { expect, test } from "bun:test";
import { Follower } from "../../../src/server/inbox/follower.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { openRig } from "../../support/operations/rig.ts";

test("a follower that is nudged while it writes prepares once more, though no event comes after that", async () => {
  const store = openSqlite(":memory:");
  const rig = openRig(store, false);
  const [writes, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let prepared = 0;
  const follower = new Follower({
    store,
    name: "test",
    begin: async () => {},
    prepare: async () => void (prepared += 1),
    isWanted: () => true,
    apply: async (_, events) => {
      writes.resolve();
      await goOn.promise;
      return events.at(-1)?.seq ?? 0;
    },
    applied: () => {},
    complain: () => {},
  });
  await follower.settled();
  const sent = rig.call("tasks/send", { name: "work" });
  await writes.promise;
  const before = prepared;
  follower.nudge();
  goOn.resolve();
  await sent;
  await follower.settled();
  await store.read(async () => {});
  expect(prepared).toBe(before + 1);
  await follower.stop();
  await rig.close();
});
