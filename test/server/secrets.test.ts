import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { a2aClient } from "../support/a2a/asking.ts";
import { startReceiver } from "../support/a2a/receiver.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
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

test("the secrets of a push configuration are sent to its receiver, and shown by nothing but who asks for that one", async () => {
  using receiver = startReceiver((nth) => (nth < 2 ? 500 : 204));
  const vault = temporaryDirectory("vault");
  await using daemon = await daemonProcess({ args: ["--push-to", receiver.url, "--vault", vault] });
  const client = a2aClient(daemon);
  const config = {
    id: "c",
    url: `${receiver.url}/S3CRET-path`,
    token: "S3CRET-token",
    authentication: { scheme: "Bearer", credentials: "S3CRET-credentials" },
  };
  const { id } = await client.send({}, { returnImmediately: true, taskPushNotificationConfig: config });
  await receiver.has(2);
  const failing = await daemon.rpc("push/status");
  expect(JSON.stringify(failing)).toContain("HTTP 500");
  await receiver.has(3);
  expect(receiver.got[2]?.headers).toMatchObject({
    authorization: "Bearer S3CRET-credentials",
    "x-a2a-notification-token": "S3CRET-token",
  });
  await daemon.rpc("tasks/cancel", { id });
  await receiver.has(4);
  const answers: unknown[] = [failing];
  for (const [method, params] of [
    ["tasks/get", { id }],
    ["tasks/history", { id }],
    ["tasks/list", {}],
    ["daemon/status", {}],
    ["daemon/describe", {}],
    ["push/status", {}],
    ["push/get", { id, config_id: "another" }],
    ["push/create", { id, config_id: "c", url: "https://evil.example/", token: "S3CRET-token" }],
    ["push/create", { id, url: receiver.url, token: "S3CRET-token\n" }],
    ["push/create", { id, url: receiver.url, token: { S3CRET: "S3CRET" } }],
  ] as const)
    answers.push([method, await daemon.rpc(method, params)]);
  answers.push(await client.get(id), await client.list({}));
  answers.push(await (await fetch(`${daemon.url}.well-known/agent-card.json`)).json());
  const file = join(temporaryDirectory("copy"), "copy.db");
  answers.push(await daemon.rpc("daemon/backup", { file }));
  expect(JSON.stringify(answers)).not.toContain("S3CRET");
  expect(JSON.stringify((await daemon.rpc("push/list", { id })).result)).not.toMatch(
    /S3CRET-(?:token|credentials)/,
  );
  const whole = JSON.stringify(await client.call("GetTaskPushNotificationConfig", { taskId: id, id: "c" }));
  expect(whole).toContain("S3CRET-credentials");
  await daemon.end();
  expect(await daemon.says("")).not.toContain("S3CRET");
  const folder = dirname(daemon.database);
  const files = [
    file,
    ...readdirSync(folder).map((name) => join(folder, name)),
    ...readdirSync(vault, { recursive: true }).map((name) => join(vault, String(name))),
  ].filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(4);
  for (const path of files)
    expect([path, /S3CRET-(?:token|credentials)/.exec(readFileSync(path, "latin1"))]).toEqual([path, null]);
});
