import { expect, test } from "bun:test";
import type { ApiTrouble } from "../../src/engine/agents/api-trouble.ts";
import { Outage } from "../../src/engine/outage.ts";

/** Trouble with the API as the attempts of one engine wait it out. */

const trouble: ApiTrouble = { kind: "passes", status: 529, words: "Overloaded" };
const never = new Promise<void>(() => {});

function begin(times = { firstWaitMs: 1, maxWaitMs: 4, maxMs: 60_000 }) {
  const changes: (string | null)[] = [];
  const outage = new Outage((sentence) => changes.push(sentence), 1, times);
  /** One attempt: how its waits ended is told in order. */
  const order: string[] = [];
  const waits = (name: string, met: ApiTrouble | null = trouble, stopped: Promise<void> = never) => {
    const owner = { name };
    const notices: string[] = [];
    const how = outage.wait(owner, met, stopped, (notice) => notices.push(notice));
    void how.then(() => order.push(name));
    return { owner, how, notices };
  };
  return { outage, changes, order, waits };
}

test("one tries and the others wait; when it is answered all go on", async () => {
  const { outage, changes, order, waits } = begin();
  const [first, second, third] = [waits("first"), waits("second"), waits("third")];
  expect(await first.how).toBe("go");
  expect(order).toEqual(["first"]);
  expect(outage.open).toBe(true);
  outage.answered(second.owner);
  expect(outage.open).toBe(true);
  outage.answered(first.owner);
  expect(await Promise.all([second.how, third.how])).toEqual(["go", "go"]);
  expect(outage.open).toBe(false);
  expect(changes).toEqual(["The API answers 529: Overloaded.", null]);
});

test("one that meets the trouble again goes to the end of the line, and the next try comes later", async () => {
  const { outage, order, waits } = begin({ firstWaitMs: 1000, maxWaitMs: 4000, maxMs: 60_000 });
  const first = waits("first");
  expect(first.notices).toEqual(["the API answers 529: Overloaded, trying again in 1s"]);
  expect(await first.how).toBe("go");
  const [second, again] = [waits("second", null), waits("first again")];
  void again;
  const told = () => second.notices.at(-1);
  expect(second.notices[0]).toBe("the API answers 529: Overloaded, trying again now");
  outage.left(first.owner);
  expect(told()).toBe("the API answers 529: Overloaded, trying again in 1s");
  expect(order).toEqual(["first"]);
  expect(await second.how).toBe("go");
});

test("a try that ends without an answer, as by a stop, leaves it to the next one", async () => {
  const { outage, waits } = begin();
  const [first, second] = [waits("first"), waits("second")];
  expect(await first.how).toBe("go");
  outage.left(first.owner);
  expect(await second.how).toBe("go");
});

test("who is stopped waits no longer", async () => {
  const { waits } = begin({ firstWaitMs: 60_000, maxWaitMs: 60_000, maxMs: 600_000 });
  expect(await waits("first", trouble, Promise.resolve()).how).toBe("go");
});

test("what lasts too long halts the run, with the API's sentence and the fix", async () => {
  const { waits } = begin({ firstWaitMs: 1, maxWaitMs: 1, maxMs: 0 });
  expect(await waits("first").how).toEqual({
    reason: expect.stringMatching(/^For 1 min the API answers 529: Overloaded\. .*"cord run --resume"\.$/),
  });
});

test("trouble that comes back at once is the same: its waits go on growing", async () => {
  const { outage, changes, waits } = begin({ firstWaitMs: 1, maxWaitMs: 60_000, maxMs: 600_000 });
  const first = waits("first");
  await first.how;
  outage.answered(first.owner);
  const back = waits("back");
  expect(back.notices).toEqual(["the API answers 529: Overloaded, trying again in 1s"]);
  expect(await back.how).toBe("go");
  expect(changes).toEqual(["The API answers 529: Overloaded.", null, "The API answers 529: Overloaded."]);
});
