import { expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import { updateOf } from "../../../src/server/a2a/updates.ts";
import { openRig } from "../../support/operations/rig.ts";

test("an event's update that could not be read is read again for who asks next, as for a delivery's next try", async () => {
  const { store, events, call, close } = openRig();
  await call("tasks/send", { name: "a task" });
  const [event] = events;
  if (event === undefined) throw new Error("nothing has happened");
  const { read } = store;
  store.read = () => Promise.reject(new CordError("busy", "The database is busy."));
  await expect(updateOf(store, event)).rejects.toThrow("busy");
  store.read = read.bind(store);
  expect((await updateOf(store, event)).responses).toHaveLength(1);
  await close();
});
