import { describe, expect, test } from "bun:test";
import { fence, staleLease, type Claimant, type Fence, type Held } from "../../src/core/lease.ts";
import { State } from "../../src/core/task.ts";
import { finalStates } from "../../src/core/words.ts";

const now = 1000;
const held: Held = { state: "claimed", claimedBy: "a", epoch: 3, leaseDue: 2000 };

describe("a claimed task", () => {
  test.each<[string, Claimant, Fence]>([
    ["its holder and epoch", { agentId: "a", epoch: 3 }, "held"],
    ["its holder", { agentId: "a" }, "held"],
    ["its epoch", { epoch: 3 }, "held"],
    ["nobody, as old clients do", {}, "unfenced"],
    ["another agent", { agentId: "b", epoch: 3 }, "stale"],
    ["the same agent with an old epoch", { agentId: "a", epoch: 2 }, "stale"],
    ["an old epoch", { epoch: 2 }, "stale"],
    ["an epoch to come", { epoch: 4 }, "stale"],
  ])("named by %s", (_, claimant, expected) => {
    expect(fence(held, claimant, now)).toBe(expected);
  });

  test("whose lease ends this very moment is held no more", () => {
    const ended = { ...held, leaseDue: now };
    expect(fence(ended, { agentId: "a", epoch: 3 }, now)).toBe("stale");
    expect(fence(ended, {}, now)).toBe("unclaimed");
    expect(fence({ ...held, leaseDue: now + 1 }, {}, now)).toBe("unfenced");
  });
});

test("a task in any other state has no holder, whoever is still written on it", () => {
  for (const state of State.options) {
    if (state === "claimed") continue;
    expect(fence({ ...held, state }, { agentId: "a", epoch: 3 }, now)).toBe("stale");
    expect(fence({ ...held, state }, {}, now)).toBe("unclaimed");
  }
});

test("a stale lease is refused with how the task stands, and with what its sender can still do", () => {
  const said = (task: Partial<Held>, claimant: Claimant) =>
    staleLease({ ...held, ...task }, claimant, now).message;
  expect(staleLease(held, { agentId: "b" }, now)).toMatchObject({ code: "stale_lease" });
  expect(said({}, { agentId: "b" })).toBe(
    "stale lease: b does not hold this task; it is held by a (epoch 3). Leave it to its holder.",
  );
  expect(said({ state: "pending" }, { agentId: "b" })).toEndWith("it is pending. Claim it before you go on.");
  expect(said({ leaseDue: now }, { agentId: "a" })).toEndWith(
    "the lease of a (epoch 3) has ended. Claim it before you go on.",
  );
  for (const state of finalStates)
    expect(said({ state }, { epoch: 2 })).toBe(
      `stale lease: epoch 2 does not hold this task; it is ${state}. There is nothing left to do for it.`,
    );
  expect(said({ state: "waiting", claimedBy: null }, { agentId: "b" })).toEndWith(
    "it is waiting. Stop work on it.",
  );
  expect(said({ state: "waiting" }, { agentId: "a" })).toEndWith(
    "it waits for the answer to the question of a, and nobody holds it until then.",
  );
});
