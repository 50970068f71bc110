import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { daemonProcess } from "../support/machine/daemon.ts";
import { runOptions } from "../support/run-options.ts";

const Claimed = z.object({ nodes: z.array(z.object({ token: z.string(), epoch: z.number() })) });

test("a claim of nodes that is repeated gets the same answer, and neither its tokens nor its briefs are kept for that", async () => {
  await using daemon = await daemonProcess();
  const prompt = `a brief of its own ${"x".repeat(5000)}`;
  const made = await daemon.rpc("runs/create", {
    goal: "g",
    prompt,
    options: runOptions,
    request_id: "create",
  });
  const { run_id } = z.object({ run_id: z.string() }).parse(made.result);
  const claim = { run_id, engine: "e", limit: 4, request_id: "claim" };
  const first = await daemon.rpc("nodes/claim", claim);
  const { nodes } = Claimed.parse(first.result);
  expect(nodes).toHaveLength(1);
  expect(await daemon.rpc("nodes/claim", claim)).toEqual(first);
  const secrets = [daemon.token, ...nodes.map(({ token }) => token)];
  const folder = dirname(daemon.database);
  for (const name of readdirSync(folder).filter((name) => name.startsWith("cord.db"))) {
    const text = readFileSync(join(folder, name), "latin1");
    for (const secret of [...secrets, "cord-node."])
      expect([name, text.includes(secret)]).toEqual([name, false]);
  }
  await daemon.rpc("nodes/release", { run_id, node_id: "1", epoch: 1 });
  expect(Claimed.parse((await daemon.rpc("nodes/claim", claim)).result).nodes).toEqual([]);
});
