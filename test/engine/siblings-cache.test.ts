import { afterEach, expect, test } from "bun:test";
import { dirname } from "node:path";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { call, calls } from "../support/claude/model.ts";
import { endStarted, graces, world } from "../support/engine/engine-world.ts";
import { roles, turnsOf } from "../support/machine/run-world.ts";

afterEach(endStarted);

const siblings = ["#3", "#4", "#5"];
const material = "What they all are given. ".repeat(2000);

test.each<ClaudeVersion>(["pinned", "newest"])(
  "siblings begin alike up to their own part, which the model's cache keeps, and wait for the first one's answer (%s)",
  async (version) => {
    const script = roles({
      "#1": [
        calls([
          ["create", { goal: "Gather" }],
          ["create", { goal: "Read it for prices", needs: ["#2"] }],
          ["create", { goal: "Read it for names", needs: ["#2"], returns: "list" }],
          ["create", { goal: "Read it for dates", needs: ["#2"] }],
        ]),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: material })],
      "#3": [call("Bash", { command: "true" }), call("complete", { result: "3" })],
      "#4": [call("Bash", { command: "true" }), call("complete", { result: ["4"] })],
      "#5": [call("Bash", { command: "true" }), call("complete", { result: "5" })],
      "#1 synthesis": [call("complete", { result: "All." })],
    });
    const here = await world(script);
    here.env["PATH"] = `${dirname(claudePath(version))}:${here.env["PATH"] ?? ""}`;
    const engine = await here.engine({ graces: { ...graces, siblings: 120_000 } });
    expect(await engine.run()).toEqual({ how: "ended" });
    const firsts = siblings.map((node) => turnsOf(here.model, node)[0]);
    const [leader, ...others] = firsts.toSorted((a, b) => (a?.startedAt ?? 0) - (b?.startedAt ?? 0));
    for (const other of others) expect(other?.startedAt).toBeGreaterThan(leader?.endedAt ?? Infinity);
    const shared = new Set(firsts.map((turn) => turn?.cached[0]));
    expect([...shared]).toEqual([expect.stringContaining(material)]);
    for (const [at, turn] of firsts.entries()) {
      expect(turn?.prompt).toContain(`# You\n\nYou are node ${siblings[at]} of run`);
      expect(turn?.system).toBe(firsts[0]?.system ?? "");
      expect(turn?.tools).toEqual([...(firsts[0]?.tools ?? [])]);
      // what stands before it is alike as well, but for what Claude Code says of its session
      const before = (turn?.prompt ?? "").split(material)[0];
      expect(before).toBe((firsts[0]?.prompt ?? "").split(material)[0] ?? "");
    }
    for (const { cacheMarks } of here.model.requests) expect(cacheMarks).toBeLessThanOrEqual(4);
  },
);
