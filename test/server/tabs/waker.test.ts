import { describe, expect, test } from "bun:test";
import { tabBounds } from "../../../src/core/limits.ts";
import { WakeBudget } from "../../../src/server/tabs/budget.ts";
import { wakerHere } from "../../support/waker.ts";

describe("a tab is woken", () => {
  test("at once for the first thing", async () => {
    const tab = wakerHere();
    await tab.put("message 12 from alice");
    expect(tab.said).toEqual([
      {
        wake: 1,
        text: "1 new for bob: message 12 from alice. Read with messages_list. [cord 1]",
        urgent: false,
      },
    ]);
  });

  test("once more for all that comes within three seconds after that", async () => {
    const tab = wakerHere();
    for (let number = 1; number <= 10; number += 1) await tab.put(`message ${number}`);
    expect(tab.said.length).toBe(1);
    await tab.pass(tabBounds.coalesceMs);
    expect(tab.said.map(({ wake }) => wake)).toEqual([1, 2]);
    expect(tab.said[1]?.text).toStartWith("9 new for bob: message 2; message 3;");
  });

  test("once where that cannot be written down, and is reminded when it could be", async () => {
    const tab = wakerHere();
    tab.is.writable = false;
    await tab.put("one");
    await tab.pass(5 * tabBounds.coalesceMs);
    expect(tab.said.map(({ wake }) => wake)).toEqual([1]);
    tab.is.writable = true;
    await tab.pass(tabBounds.coalesceMs);
    expect(tab.rows.map(({ wakes }) => wakes)).toEqual([1]);
    await tab.pass(tabBounds.againAfterMs);
    expect(tab.said.map(({ text }) => text.slice(0, 18))).toEqual([
      "1 new for bob: one",
      "Still unread for b",
    ]);
  });

  test("not for what it has read by then", async () => {
    const tab = wakerHere();
    await tab.put("one");
    await tab.put("two");
    tab.read();
    await tab.pass(10 * tabBounds.againAfterMs);
    expect(tab.said.length).toBe(1);
  });

  test("urgently where one of the things is", async () => {
    const tab = wakerHere();
    await tab.put("one");
    await tab.put("two");
    await tab.put("three", { urgent: 1 });
    await tab.pass(tabBounds.coalesceMs);
    expect(tab.said.map(({ urgent }) => urgent)).toEqual([false, true]);
    expect(tab.said[1]?.text).toContain(": three; two.");
  });

  test("once in a turn, whatever comes after that, and after it for what it has not read then", async () => {
    const tab = wakerHere();
    tab.is.state = "busy";
    await tab.put("one");
    tab.tell();
    for (const line of ["two", "three"]) {
      await tab.pass(tabBounds.coalesceMs);
      await tab.put(line);
    }
    await tab.pass(10 * tabBounds.coalesceMs);
    expect(tab.said.length).toBe(1);
    // its client begins a turn with the wake that it kept
    tab.is.state = "idle";
    await tab.stir();
    expect(tab.said.length).toBe(1);
    await tab.pass(tabBounds.coalesceMs);
    expect(tab.said.map(({ text }) => text)).toEqual([
      expect.stringContaining("1 new for bob: one."),
      expect.stringContaining("2 new for bob: two; three."),
    ]);
  });

  test("in a turn again for what is urgent, and for what its bridge could not tell", async () => {
    const tab = wakerHere();
    tab.is.state = "busy";
    await tab.put("one");
    await tab.pass(tabBounds.coalesceMs);
    await tab.put("two");
    tab.tell();
    await tab.pass(tabBounds.coalesceMs);
    await tab.put("three");
    await tab.put("four", { urgent: 1 });
    expect(tab.said.map(({ text }) => text)).toEqual([
      expect.stringContaining("1 new for bob: one."),
      expect.stringContaining("1 new for bob: two."),
      expect.stringContaining("2 new for bob: four; three."),
    ]);
  });

  test("not while a call of its agent's is held open, and when that has ended", async () => {
    const tab = wakerHere();
    tab.is.inCall = true;
    await tab.put("one");
    await tab.pass(60_000);
    expect(tab.said).toEqual([]);
    tab.is.inCall = false;
    await tab.stir();
    expect(tab.said.length).toBe(1);
  });

  test("not at all where it was told by a note or a hook meanwhile; it is reminded a minute later", async () => {
    const tab = wakerHere();
    tab.is.inCall = true;
    await tab.put("one");
    tab.tell();
    tab.is.inCall = false;
    await tab.pass(59_000);
    expect(tab.said).toEqual([]);
    await tab.pass(1000);
    expect(tab.said.map(({ text }) => text)).toEqual([
      "Still unread for bob (1): one. Read with messages_list. [cord 1]",
    ]);
  });

  test("not where its client has no way in", async () => {
    const tab = wakerHere();
    tab.is.wakeable = false;
    await tab.put("one");
    await tab.pass(120_000);
    expect(tab.said).toEqual([]);
    expect(tab.budget().left(Date.parse("2026-01-01T01:00:00Z"))).toBe(tabBounds.wakesPerHour);
  });
});

describe("what stays unread", () => {
  test("wakes an idle tab again after a minute, three times in all", async () => {
    const tab = wakerHere();
    await tab.put("one");
    await tab.pass(59_500);
    expect(tab.said.length).toBe(1);
    await tab.pass(500);
    expect(tab.said.length).toBe(2);
    await tab.pass(60_000);
    expect(tab.said.length).toBe(3);
    await tab.pass(600_000);
    expect(tab.said.length).toBe(tabBounds.timesWoken);
  });

  test.each(["busy", "waiting"] as const)(
    "wakes no tab again that is %s, before it is idle",
    async (state) => {
      const tab = wakerHere();
      await tab.put("one");
      tab.is.state = state;
      await tab.pass(300_000);
      expect(tab.said.length).toBe(1);
      tab.is.state = "idle";
      await tab.stir();
      expect(tab.said.length).toBe(2);
    },
  );

  test.each(["busy", "waiting"] as const)(
    "wakes no tab again that was %s and begins a turn now with the wake that its client kept, and else a moment later",
    async (state) => {
      const tab = wakerHere();
      tab.is.state = state;
      await tab.put("one");
      tab.tell();
      for (const isTaken of [true, false]) {
        await tab.pass(2 * tabBounds.againAfterMs);
        tab.is.state = "idle";
        await tab.stir();
        expect(tab.said.length).toBe(1);
        if (isTaken) tab.is.state = state;
        await tab.pass(tabBounds.coalesceMs);
        expect(tab.said.length).toBe(isTaken ? 1 : 2);
      }
    },
  );

  test("keeps no timer once there is nothing left to say", async () => {
    const tab = wakerHere();
    await tab.put("one");
    await tab.pass(300_000);
    expect(tab.timers.next).toBe(null);
  });

  test("has its minute also when somebody sets the clock back", async () => {
    const tab = wakerHere();
    await tab.put("one");
    tab.setClock(-86_400_000);
    await tab.pass(60_000);
    expect(tab.said.length).toBe(2);
  });
});

describe("the budget", () => {
  test("is so many wakes in an hour, and is there again as they leave it", async () => {
    const tab = wakerHere();
    for (let number = 0; number < 30; number += 1) {
      await tab.put(`message ${number}`);
      await tab.pass(tabBounds.coalesceMs);
      tab.read();
    }
    expect(tab.said.length).toBe(tabBounds.wakesPerHour);
    await tab.put("late");
    await tab.pass(3_600_000);
    expect(tab.said.length).toBeGreaterThan(tabBounds.wakesPerHour);
    expect(tab.said[tabBounds.wakesPerHour]?.text).toStartWith("1 new for bob: late");
  });

  test("outlives the daemon, and so does the number that makes a wake unlike the last", async () => {
    const tab = wakerHere();
    for (let number = 0; number < 12; number += 1) {
      await tab.put("the same");
      await tab.pass(tabBounds.coalesceMs);
      tab.read();
    }
    await tab.reopen();
    const again = new WakeBudget(tab.budget().stored());
    expect(again.left(Date.parse("2026-01-01T00:01:00Z"))).toBe(tabBounds.wakesPerHour - 12);
    expect(new Set(tab.said.map(({ text }) => text)).size).toBe(12);
    expect(again.number).toBeGreaterThan(12);
  });

  test.each([null, "", "{", '{"number":-1,"at":[]}', '{"number":"x"}'])("reads %p as nothing", (stored) => {
    expect(new WakeBudget(stored).left(0)).toBe(tabBounds.wakesPerHour);
  });
});

describe("a tab that comes back", () => {
  test("is woken anew for what no bridge has confirmed", async () => {
    const tab = wakerHere();
    await tab.put("one");
    await tab.reopen();
    expect(tab.said.map(({ text }) => text)).toEqual([
      "1 new for bob: one. Read with messages_list. [cord 1]",
      "1 new for bob: one. Read with messages_list. [cord 3]",
    ]);
  });

  test("is not woken for what it was told of", async () => {
    const tab = wakerHere();
    await tab.put("one");
    expect(tab.settle(1).map(({ line }) => line)).toEqual(["one"]);
    expect(tab.settle(1)).toEqual([]);
    tab.tell();
    await tab.reopen();
    expect(tab.said.length).toBe(1);
  });
});
