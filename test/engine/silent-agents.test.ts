import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Attempt } from "../../src/engine/attempt.ts";
import { claimNodes, defaultGracePeriods, type RunContext } from "../../src/engine/run-context.ts";
import { Outage } from "../../src/engine/outage.ts";
import { call, say } from "../support/claude/model.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { endStarted, world } from "../support/engine/engine-world.ts";

/** An agent of which nothing is heard: it is shown, ended, and tried once more. */

afterEach(endStarted);

describe("an agent", () => {
  test("that never prints a line is shown, ended and tried again, and then its node fails with the reason", async () => {
    const here = await world();
    here.program("claude", "exec sleep 1005");
    const engine = await here.engine({ silence: { first: 200, shown: 50 } });
    expect(await engine.run()).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([
      { status: "failed", attempts: 2, reason: "it printed nothing within 0 s of its start" },
    ]);
    expect(here.progress.filter((notice) => notice.startsWith("has said nothing for"))).not.toEqual([]);
  });

  test.each([
    ["was silent", "exec sleep 1007", "silent"],
    ["failed", "exit 3", "failed"],
  ])("that %s while its daemon was away is started again within its try", async (_, script, kind) => {
    const here = await world();
    const folder = temporaryDirectory("away");
    here.program("claude", `echo start >> ${folder}/starts; ${script}`);
    const { nodes } = await claimNodes(here.client, here.runId, "engine-of-the-test", 1);
    const away = [true, false];
    const context: RunContext = {
      runId: here.runId,
      mcpUrl: `${here.daemon.url}mcp`,
      cwd: folder,
      folder,
      env: here.env,
      permissionMode: "bypassPermissions",
      isolate: true,
      graces: { ...defaultGracePeriods, term: 100 },
      silence: { first: 200, stall: 200, shown: 50 },
      daemon: { mark: () => 0, wasAwaySince: async () => away.shift() === true },
      settleHandedIn: () => Promise.resolve(false),
      onTrouble: () => {},
      trouble: () => null,
      checks: { judge: (_, verdict) => Promise.resolve(verdict) },
      outage: new Outage(() => {}, 10),
      account: {
        claimed: () => {},
        parkedFor: () => null,
        answered: () => {},
        left: () => {},
        heard: () => {},
      },
    };
    const verdicts = nodes.map((node) => new Attempt(node, context, () => {}).run());
    expect(await Promise.all(verdicts)).toMatchObject([{ kind }]);
    expect(readFileSync(join(folder, "starts"), "utf8")).toBe("start\nstart\n");
  });

  test("whose SessionStart hook hangs is one of these; when the hook is fixed the next try works", async () => {
    const here = await world(() => say("Begun."));
    const cwd = temporaryDirectory("hook");
    mkdirSync(join(cwd, ".claude"));
    const command = `if [ -e ${cwd}/hung ]; then exit 0; fi; touch ${cwd}/hung; exec sleep 1006`;
    const hooks = { SessionStart: [{ hooks: [{ type: "command", command }] }] };
    writeFileSync(join(cwd, ".claude/settings.json"), JSON.stringify({ hooks }));
    const engine = await here.engine({
      cwd,
      options: { ...here.options, isolate: false },
      silence: { first: 10_000, shown: 1000 },
    });
    expect(await engine.run()).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 2, result: "Begun." }]);
  });

  test("whose API is silent goes on in its session; a tool call that takes longer is life", async () => {
    let hangs = true;
    const here = await world(({ stepSincePrompt, lastResults }) => {
      if (stepSincePrompt === 0 && lastResults.length === 0) return call("Bash", { command: "sleep 2" });
      if (!hangs) return say("Heard again.");
      hangs = false;
      return { hang: true };
    });
    const engine = await here.engine({ options: { ...here.options, stall_seconds: 1 } });
    expect(await engine.run()).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 2, result: "Heard again." }]);
    expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  });
});
