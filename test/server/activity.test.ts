import { expect, test } from "bun:test";
import { activityOf } from "../../src/server/activity.ts";

test("a daemon that is asked while it looks whether anything holds it is not idle until that is over", async () => {
  const looks: ((isQuiet: boolean) => void)[] = [];
  const looked = Promise.withResolvers<void>();
  const activity = activityOf(0.001, () => {
    looked.resolve();
    return new Promise((resolve) => looks.push(resolve));
  });
  let isIdle = false;
  void activity.idle.then(() => (isIdle = true));
  await looked.promise;
  const end = activity.begin();
  looks.shift()?.(true);
  await new Promise(setImmediate);
  expect(isIdle).toBe(false);
  end();
  while (looks.length === 0) await new Promise(setImmediate);
  looks.shift()?.(true);
  await activity.idle;
});
