import { expect, test } from "bun:test";
import { start } from "../support/machine/command.ts";
import { call, gate, say } from "../support/claude/model.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";

/** Several engines on one run: each knows only what it can know of the others. */

const inContainer = ["unshare", "--pid", "--fork", "--mount-proc"];
const canUnshare = Bun.which("unshare") !== null && Bun.spawnSync([...inContainer, "true"]).exitCode === 0;
if (!canUnshare)
  console.warn(
    "run-engines.test: no engine in a PID namespace of its own: that takes Linux, unshare and root",
  );

test.skipIf(!canUnshare).each([
  ["in a container", "outside", inContainer, []],
  ["outside", "in a container", [], inContainer],
])("a living engine %s is not taken for dead by one that is %s", async (_, __, first, second) => {
  const joined = gate();
  await using world = await runWorld(
    roles({
      "#1": async ({ stepSincePrompt }) => {
        if (stepSincePrompt > 0) return say("Done.");
        await joined.opened;
        return call("complete", { result: "Once." });
      },
    }),
  );
  // a daemon that a container has started would end with it
  expect((await world.cord("status")).code).toBe(0);
  const engine = (prefix: string[], ...args: string[]) =>
    start([...prefix, world.binary, "run", ...args], { cwd: world.cwd, env: world.env });
  const one = engine(first, "Work once");
  await world.model.waitFor(({ node }) => node === "#1");
  const [run] = await world.client.call("runs/list", { limit: 1 });
  const two = engine(second, "--resume", run?.id ?? "");
  await two.says("#1 active");
  const claimed = async () => (await world.client.call("runs/get", {})).nodes[0]?.epoch;
  expect(await claimed()).toBe(1);
  joined.open();
  for (const { code, out } of [await one.ended, await two.ended])
    expect({ code, out }).toEqual({ code: 0, out: "Once.\n" });
  expect(await claimed()).toBe(1);
  expect(world.model.requests.filter(({ node, step }) => node === "#1" && step === 0)).toHaveLength(1);
});
