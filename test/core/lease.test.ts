import { describe, expect, test } from "bun:test";
import { fence, staleLease, type Claimant, type Fence, type Held } from "../../src/core/lease.ts";
import { State } from "../../src/core/task.ts";

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

test("a stale lease is refused with who holds the task now", () => {
  expect(staleLease(held, { agentId: "b" })).toMatchObject({ code: "stale_lease" });
  expect(staleLease(held, { agentId: "b" }).message).toContain("held by a (epoch 3)");
  expect(staleLease({ ...held, state: "completed" }, { epoch: 2 }).message).toContain("completed");
});
