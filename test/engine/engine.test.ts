import { afterEach, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Client } from "../../src/client/client.ts";
import { CordError } from "../../src/core/error.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { apiError, call, calls, gate, say } from "../support/claude/model.ts";
import { roles } from "../support/machine/run-world.ts";
import { endStarted, started, world, type World } from "../support/engine/engine-world.ts";

/** What would take minutes with the usual graces, and what only another engine or a daemon that is gone brings about. */

afterEach(endStarted);

test("a rate limit that outlasts the agent's own retries is waited out, in the same session and the same attempt", async () => {
  let refusals = 0;
  const here = await world(({ stepSincePrompt }) => {
    if (stepSincePrompt === 0) return call("Bash", { command: "echo begun" });
    if (refusals < 3) {
      refusals += 1;
      return apiError(429);
    }
    return say("In the end.");
  });
  here.env["CLAUDE_CODE_MAX_RETRIES"] = "0";
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", attempts: 1, result: "In the end." }]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  expect(here.progress).toContain("the API answers 429: Scripted 429, trying again in 1s");
});

test("an agent whose tools are never there fails its node in the end, and says why", async () => {
  const here = await world();
  const init = {
    type: "system",
    subtype: "init",
    session_id: "s",
    mcp_servers: [{ name: "cord", status: "pending" }],
  };
  here.program(
    "claude",
    `echo x >> "$(dirname "$0")/starts"\necho '${JSON.stringify(init)}'\nexec sleep 1004`,
  );
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([
    { status: "failed", attempts: 2, reason: "its MCP server cord was not connected, 5 times" },
  ]);
  expect(readFileSync(join(here.bin, "starts"), "utf8")).toBe("x\n".repeat(10));
});

test("a session that is gone is no reason to fail: the node starts anew", async () => {
  let hangs = true;
  const here = await world(({ step }) => {
    if (step === 0 && hangs) return call("Bash", { command: "echo begun" });
    return hangs ? { hang: true } : say("Anew.");
  });
  const first = await here.engine();
  const over = first.run();
  const { session } = await here.model.waitFor(({ step }) => step === 1);
  await first.interrupt();
  expect(await over).toEqual({ how: "interrupted" });
  rmSync(here.env["CLAUDE_CONFIG_DIR"] ?? "", { recursive: true, force: true });
  hangs = false;
  expect(await (await here.engine()).run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", result: "Anew." }]);
  expect(here.model.requests.at(-1)?.session).not.toBe(session);
});

test("a node that is taken from an engine is worked on by one agent at a time", async () => {
  const here = await world(() => (here.model.requests.length === 1 ? { hang: true } : say("By the second.")));
  const engine = await here.engine();
  const over = engine.run();
  await here.model.waitFor(() => true);
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  const holder = nodes[0]?.holder ?? "";
  await here.client.call("nodes/takeover", { run_id: here.runId, engine: holder });
  expect(await over).toEqual({ how: "ended" });
  const [first, second] = here.model.requests;
  expect(first?.endedAt).toBeLessThan(second?.startedAt ?? 0);
  const after = await here.client.call("runs/get", { run_id: here.runId });
  expect(after.nodes).toMatchObject([{ status: "complete", attempts: 2, result: "By the second." }]);
});

test("an engine whose daemon is gone for good ends its agents, and says so", async () => {
  const here = await world(() => ({ hang: true }));
  const error = new CordError("unavailable", "The daemon is gone for good.");
  const { url } = here.daemon;
  const client = createClient({ url, token: "t".repeat(64), find: () => Promise.reject(error) });
  const engine = await here.engine({ client });
  const over = engine.run();
  await here.model.waitFor(() => true);
  const asked = here.model.requests[0];
  started.splice(started.indexOf(here.daemon), 1);
  const [ending] = await Promise.allSettled([over, here.daemon.stop()]);
  expect(ending).toMatchObject({ status: "rejected", reason: { message: "The daemon is gone for good." } });
  expect(asked?.endedAt).not.toBeNull();
  expect(engine.running).toBe(0);
});

test("what a claim brings while the engine is told to stop is given back, and no agent is started for it", async () => {
  const here = await world();
  let stopped: Promise<void> | undefined;
  let engine: Engine | undefined;
  const client: Client = {
    ...here.client,
    call: async (name, input, signal) => {
      const answer = await here.client.call(name, input, signal);
      if (name === "nodes/claim") stopped ??= engine?.interrupt();
      return answer;
    },
  };
  engine = await here.engine({ client });
  expect(await engine.run()).toEqual({ how: "interrupted" });
  await stopped;
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.map(({ status }) => status)).toEqual(["pending"]);
  expect(here.model.requests).toEqual([]);
});

test("what an engine has claimed and never heard of, since the answer was lost, is given back and claimed again", async () => {
  const here = await world(() => say("At last."));
  let isLost = false;
  const client: Client = {
    ...here.client,
    call: async (name, input, signal) => {
      const answer = await here.client.call(name, input, signal);
      if (name !== "nodes/claim" || isLost) return answer;
      isLost = true;
      throw new CordError("unavailable", "The answer was lost.");
    },
  };
  const engine = await here.engine({ client, renewEveryMs: 50 });
  expect(await engine.run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", epoch: 2, result: "At last." }]);
});

/** Tells #1 something, and waits until an engine has heard of that. */
async function tellRoot({ client, runId, next }: World, text: string): Promise<void> {
  const heard = next(({ type }) => type === "task.told");
  await client.call("nodes/tell", { run_id: runId, node_id: "#1", text });
  await heard;
}

test("what an agent is told before its engine has the answer of the claim reaches it", async () => {
  const here = await world(({ said, lastResults }) => {
    if (lastResults.length > 0) return say("Done.");
    const isTold = said.some((text) => text.includes("Mind the gap."));
    return isTold ? call("complete", { result: "Minded." }) : say("Told nothing.");
  });
  let told: Promise<void> | undefined;
  const client: Client = {
    ...here.client,
    call: async (name, input, signal) => {
      const answer = await here.client.call(name, input, signal);
      if (name === "nodes/claim") await (told ??= tellRoot(here, "Mind the gap."));
      return answer;
    },
  };
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes).toMatchObject([{ status: "complete", result: "Minded." }]);
});

test("one who tells an agent something that is gone, and whose end the daemon does not know yet, hears so", async () => {
  const here = await world(() => ({ error: { status: 400, message: "a policy" } }));
  let told: Promise<void> | undefined;
  const client: Client = {
    ...here.client,
    call: async (name, input, signal) => {
      if (name === "nodes/fail") await (told ??= tellRoot(here, "Mind the gap."));
      return here.client.call(name, input, signal);
    },
  };
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  expect(here.notices).toContain("#1 could not be told: its agent takes no messages");
});

test("an engine whose run the daemon does not know any more gives up, and says so", async () => {
  const here = await world(() => say("Too late."));
  const elsewhere = await world(() => say("Another database."));
  const client: Client = {
    ...here.client,
    call: (name, input, signal) => {
      const { client } = name === "nodes/renew" || name === "nodes/claim" ? elsewhere : here;
      return client.call(name, input, signal);
    },
  };
  const engine = await here.engine({ client, renewEveryMs: 50 });
  await expect(engine.run()).rejects.toThrow(`There is no run ${here.runId}.`);
});

test("an engine that is started when its run is over already is over at once", async () => {
  const { engine, client, runId } = await world();
  await client.call("nodes/stop", { run_id: runId, node_id: "#1" });
  expect(await (await engine()).run()).toEqual({ how: "ended" });
});

test("an engine whose run is opened again before its agents have said their last words goes on with it", async () => {
  let fails = true;
  const lastWords = gate();
  const script = roles({
    "#1": [
      calls([
        ["create", { goal: "Fails" }],
        ["complete", { result: "Planned." }],
      ]),
    ],
    "#2": ({ stepSincePrompt }) => {
      if (fails) return { error: { status: 404, type: "not_found_error", message: "model: none" } };
      return stepSincePrompt > 0 ? say("Done.") : call("complete", { result: "In the end." });
    },
    "#1 synthesis": async ({ stepSincePrompt }) => {
      if (stepSincePrompt === 0) return call("complete", { result: fails ? "Nothing." : "Something." });
      await lastWords.opened;
      return say("Done.");
    },
  });
  const { engine, client, runId, next } = await world(script);
  const works = await engine();
  const over = next(({ type }) => type === "run.ended");
  const ended = works.run();
  await over;
  fails = false;
  await client.call("nodes/retry", { run_id: runId, node_id: "#2" });
  lastWords.open();
  expect(await ended).toEqual({ how: "ended" });
  expect(await client.call("runs/result", { run_id: runId })).toMatchObject({ result: "Something." });
});
