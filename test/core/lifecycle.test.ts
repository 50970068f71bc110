import { describe, expect, test } from "bun:test";
import { CordError } from "../../src/core/error.ts";
import { lifecycle, next, targets, type Action } from "../../src/core/lifecycle.ts";
import { State } from "../../src/core/task.ts";
import { finalStates } from "../../src/core/words.ts";

const actions = Object.keys(lifecycle).filter((name): name is Action => name in lifecycle);

/** `pending   claim        claimed` as the comment draws it, by `state action`. */
async function drawing(): Promise<Map<string, string[]>> {
  const source = await Bun.file(new URL("../../src/core/lifecycle.ts", import.meta.url)).text();
  const drawn = /\* ```\n([\s\S]*?)\n \* ```/.exec(source)?.[1] ?? "";
  return new Map(
    drawn.split("\n").map((line) => {
      const [, state = "", action = "", ends = ""] = /^ \* (\w+)\s+(\w+)\s+(.+)$/.exec(line) ?? [];
      return [`${state} ${action}`, ends.split("|").map((end) => end.trim())];
    }),
  );
}

const every = State.options.flatMap((state) => actions.map((action) => [state, action] as const));

describe("the lifecycle", () => {
  test("is drawn in its comment as the table has it, and nothing else is", async () => {
    const table = every.flatMap(([state, action]) => {
      const ends = targets(state, action);
      return ends ? [`${state} ${action}: ${ends.join(" | ")}`] : [];
    });
    const drawn = [...(await drawing())].map(([move, ends]) => `${move}: ${ends.join(" | ")}`);
    expect(table.toSorted()).toEqual(drawn.toSorted());
  });

  test.each(every)("%s, %s: the drawing decides", async (state, action) => {
    const drawn = (await drawing()).get(`${state} ${action}`);
    const children = [
      { open: 0, unseen: 0 },
      { open: 0, unseen: 2 },
      { open: 1, unseen: 1 },
    ];
    for (const situation of children) {
      if (drawn) expect(drawn).toContain(next(state, action, situation));
      else expect(() => next(state, action, situation)).toThrow(CordError);
    }
  });

  test("lets nothing leave a final state", () => {
    for (const state of finalStates)
      for (const action of actions) expect(targets(state, action)).toBeUndefined();
  });

  test("can end a task from every state that is not final", () => {
    for (const state of State.options) {
      if (finalStates.includes(state)) continue;
      expect(next(state, "cancel")).toBe("cancelled");
    }
  });

  test("completes a claimed task only when it has seen all its children", () => {
    expect(next("claimed", "complete", { open: 0, unseen: 0 })).toBe("completed");
    expect(next("claimed", "complete", { open: 2, unseen: 2 })).toBe("waiting");
    expect(next("claimed", "complete", { open: 1, unseen: 0 })).toBe("waiting");
    expect(next("claimed", "complete", { open: 0, unseen: 1 })).toBe("pending");
  });

  test("resumes to waiting while children are open, else to pending", () => {
    expect(next("paused", "resume", { open: 1, unseen: 1 })).toBe("waiting");
    expect(next("paused", "resume", { open: 0, unseen: 1 })).toBe("pending");
    expect(next("paused", "resume")).toBe("pending");
  });

  test("refuses in one sentence that names the state, as a conflict", () => {
    for (const [state, action] of every) {
      if (targets(state, action)) continue;
      try {
        next(state, action);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(CordError);
        expect(error).toMatchObject({ code: "conflict" });
        expect(String(error)).toEndWith(`: it is ${state}`);
      }
    }
  });

  test("says it in the words that the board's users know", () => {
    expect(() => next("claimed", "claim")).toThrow("task is not claimable");
    expect(() => next("pending", "complete")).toThrow("task is not claimed");
    expect(() => next("completed", "cancel")).toThrow("task cannot be cancelled");
  });
});
