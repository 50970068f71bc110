import { describe, expect, test } from "bun:test";
import { DaemonClock, type Machine } from "../../src/server/clock.ts";

/** A machine whose time only the test lets pass. */
class TestMachine implements Machine {
  boot = "this boot";
  #wall = Date.parse("2026-01-01T00:00:00Z");
  #steady = 5000;
  #sinceBoot = 90_000;

  wall = () => this.#wall;
  steady = () => this.#steady;
  sinceBoot = () => this.#sinceBoot;

  pass(milliseconds: number): void {
    this.#steady += milliseconds;
    this.sleep(milliseconds);
  }

  sleep(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#sinceBoot += milliseconds;
  }

  setWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }
}

function clockOf(machine: TestMachine): DaemonClock {
  return new DaemonClock(machine, 500);
}

test("a clock that is told to stand leaves that time out, and goes on where it was", () => {
  const machine = new TestMachine();
  const clock = clockOf(machine);
  live(machine, clock, 1000);
  const before = clock.monotonic();
  clock.stand(true);
  live(machine, clock, 60_000);
  expect(clock.monotonic()).toBe(before);
  clock.stand(false);
  live(machine, clock, 1000);
  expect(clock.monotonic()).toBe(before + 1000);
});

/** As a daemon's sweeps read it. */
function live(machine: TestMachine, clock: DaemonClock, milliseconds: number): void {
  for (let passed = 0; passed < milliseconds; passed += 250) {
    machine.pass(250);
    clock.monotonic();
  }
}

describe("the daemon's monotonic clock", () => {
  test("goes on with the time since boot, in whole milliseconds", () => {
    const machine = new TestMachine();
    const clock = clockOf(machine);
    expect(clock.monotonic()).toBe(90_000);
    live(machine, clock, 10_000);
    machine.pass(0.75);
    expect([clock.monotonic(), clock.behind()]).toEqual([100_000, 1]);
  });

  test.each([-3_600_000, 3_600_000])(
    "takes no notice when the wall clock is set by %d ms",
    (milliseconds) => {
      const machine = new TestMachine();
      const clock = clockOf(machine);
      machine.setWall(milliseconds);
      machine.pass(250);
      expect([clock.monotonic(), clock.behind()]).toEqual([90_250, 0]);
      expect(clock.wall()).toBe(machine.wall());
    },
  );

  test("leaves out a gap in which nobody looked, once, and says how far it is behind", () => {
    const machine = new TestMachine();
    const clock = clockOf(machine);
    live(machine, clock, 1000);
    machine.pass(45_000);
    expect(clock.monotonic()).toBe(91_000);
    live(machine, clock, 1000);
    expect([clock.monotonic(), clock.behind()]).toEqual([92_000, 45_000]);
  });

  test("leaves out the machine's sleep, however its steady clock counts it", () => {
    const machine = new TestMachine();
    const clock = clockOf(machine);
    live(machine, clock, 1000);
    machine.sleep(28_800_000);
    live(machine, clock, 1000);
    expect([clock.monotonic(), clock.behind()]).toEqual([92_000, 28_800_000]);
  });
});
