import { describe, expect, test } from "bun:test";
import type { Parking as Parked } from "../../src/core/account.ts";
import { Parking } from "../../src/engine/parking.ts";

/** A run whose account is used up, by a clock of the test's. */

const start = new Date(2026, 10, 26, 16, 9).getTime();
const minuteMs = 60_000;
const times = {
  marginMs: minuteMs,
  firstWaitMs: 10_000,
  maxWaitMs: 300_000,
  maxMs: 6 * 60 * minuteMs,
  paceMs: 250,
};
const until = (ms: number | null): Parked => ({
  reason: "the 5-hour window is used up",
  until: ms === null ? null : new Date(ms).toISOString(),
});

function begin(paced = 3) {
  let now = start;
  let timers: { at: number; run: () => void }[] = [];
  const heard: string[] = [];
  const clock = {
    now: () => now,
    after(ms: number, run: () => void) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
  };
  const parking = new Parking(
    {
      onChange: (sentence) => heard.push(sentence ?? "goes on"),
      onRoom: () => heard.push(`room for ${parking.room(9)}`),
      onAnswered: () => heard.push("answered"),
      onGivenUp: (sentence) => heard.push(`given up: ${sentence}`),
    },
    paced,
    times,
    clock,
  );
  return {
    parking,
    /** What was heard since. */
    heard: () => heard.splice(0),
    /** The wall clock is set. */
    set: (ms: number) => void (now += ms),
    advance(ms: number) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.toSorted((one, other) => one.at - other.at);
        if (next === undefined || next.at > end) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = Math.max(now, end);
    },
  };
}

/** An attempt that is claimed, if there is room. */
function claim(parking: Parking): object | null {
  if (parking.room(9) === 0) return null;
  const attempt = {};
  parking.claimed(attempt);
  return parking.parkedFor(attempt) === null ? attempt : null;
}

describe("an account that is used up", () => {
  test("is tried by one, a minute after its reset; the others follow its first answer, one at a time", () => {
    const { parking, heard, advance } = begin();
    parking.park(until(start + 42 * minuteMs));
    expect(heard()).toEqual(["The 5-hour window is used up; the run goes on at 16:52."]);
    advance(43 * minuteMs - 1);
    expect([heard(), parking.room(9)]).toEqual([[], 0]);
    advance(1);
    expect(heard()).toEqual(["The 5-hour window is used up; one agent tries again.", "room for 1"]);
    const first = claim(parking);
    expect([first === null, claim(parking), parking.room(9)]).toEqual([false, null, 0]);
    parking.answered({});
    expect(heard()).toEqual([]);
    parking.answered(first ?? {});
    expect(heard()).toEqual(["goes on", "room for 1", "answered"]);
    expect([claim(parking) === null, claim(parking)]).toEqual([false, null]);
    advance(250);
    expect(heard()).toEqual(["room for 1"]);
    expect([claim(parking) === null, claim(parking)]).toEqual([false, null]);
    advance(250);
    expect(heard()).toEqual(["room for 9"]);
  });

  test("that is still used up is not hammered at: the waits grow, whatever it says of its reset", () => {
    const { parking, heard, advance } = begin();
    parking.park(until(start - 5 * minuteMs));
    for (const waitMs of [20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      const probe = claim(parking);
      expect(probe).not.toBeNull();
      heard();
      parking.park(until(start - 5 * minuteMs));
      expect(heard()).toHaveLength(1);
      advance(waitMs - 1);
      expect(claim(parking)).toBeNull();
      advance(1);
    }
  });

  test("that nobody knows the reset of is given up after hours, with what to do left to a person", () => {
    const { parking, heard, advance } = begin();
    parking.park(until(null));
    expect(heard()).toEqual(["The 5-hour window is used up; the run goes on in 10 s."]);
    let tries = 0;
    while (!heard().some((line) => line.startsWith("given up"))) {
      tries += 1;
      expect(tries).toBeLessThan(200);
      advance(300_000);
      claim(parking);
      parking.park(until(null));
    }
    expect(tries).toBeGreaterThan(60);
  });

  test("follows the wall clock when that is set", () => {
    const { parking, heard, set, advance } = begin();
    parking.park(until(start + 42 * minuteMs));
    heard();
    set(43 * minuteMs);
    advance(minuteMs);
    expect(heard()[0]).toBe("The 5-hour window is used up; one agent tries again.");
  });

  test("is tried at once when a person says so, and waits on when that comes to nothing", () => {
    const { parking, heard } = begin();
    parking.park(until(start + 42 * minuteMs));
    heard();
    parking.tryNow();
    parking.tryNow();
    expect(heard()).toEqual(["The 5-hour window is used up; one agent tries again.", "room for 1"]);
    const probe = claim(parking);
    parking.left(probe ?? {});
    expect(heard()).toEqual(["room for 1"]);
    claim(parking);
    parking.park(until(start + 42 * minuteMs));
    expect(heard()).toEqual(["The 5-hour window is used up; the run goes on at 16:52."]);
  });

  test("is open when another run was answered, and says nothing twice", () => {
    const { parking, heard } = begin();
    parking.park(until(start + 42 * minuteMs));
    parking.park(until(start + 42 * minuteMs));
    parking.open();
    parking.open();
    expect(heard()).toEqual([
      "The 5-hour window is used up; the run goes on at 16:52.",
      "goes on",
      "room for 1",
    ]);
  });

  test("starts nothing more once the engine leaves", () => {
    const { parking, heard, advance } = begin();
    parking.park(until(start + 42 * minuteMs));
    parking.close();
    heard();
    advance(60 * minuteMs);
    expect([heard(), parking.room(9)]).toEqual([[], 0]);
  });
});
