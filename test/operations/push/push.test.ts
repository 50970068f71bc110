import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { pushBounds } from "../../../src/core/limits.ts";
import { pushPrefixes } from "../../../src/core/push-target.ts";
import { pushFor, type Push } from "../../../src/server/a2a/push/control.ts";
import { putPushConfig } from "../../../src/store/tables/push-configs.ts";
import { DaemonClock } from "../../../src/server/clock.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

/** The operations of push configurations, over a real store. Nothing is delivered: no task changes. */

let rig: Rig;
let push: Push;
let task: string;

beforeEach(async () => {
  rig = openRig();
  const prefixes = pushPrefixes(["https://a.example/hooks"]);
  const { store } = rig;
  push = pushFor({ store, clock: new DaemonClock(), token: "a token", prefixes, complain: () => {} });
  rig.services.push = push.control;
  task = textField(await rig.call("tasks/send", { name: "t" }), "id");
});
afterEach(async () => {
  push.stop();
  await rig.close();
});

const url = "https://a.example/hooks/one";
const secrets = {
  token: "S3CRET-token",
  authentication: { scheme: "Bearer", credentials: "S3CRET-credentials" },
};
const create = (input: object = {}) => rig.call("push/create", { id: task, url, ...input });

test("a configuration is created, read, listed and deleted; its secrets are shown to who creates it and asks for it", async () => {
  const made = await create({ config_id: "c", ...secrets });
  expect(made).toEqual({ task_id: task, config_id: "c", url, version: "1.0", ...secrets });
  expect(await rig.call("push/get", { id: task, config_id: "c" })).toEqual(made);
  expect(await rig.call("push/list", { id: task })).toEqual([
    { task_id: task, config_id: "c", url, version: "1.0" },
  ]);
  for (const _ of ["once", "twice"])
    expect(await rig.call("push/delete", { id: task, config_id: "c" })).toEqual({ ok: true });
  expect(await rig.call("push/list", { id: task })).toEqual([]);
  await expect(rig.call("push/get", { id: task, config_id: "c" })).rejects.toThrow("no push configuration");
});

test("one without an id gets one; another of the same id takes its place, and goes on where it was", async () => {
  const made = textField(await create(), "config_id");
  expect(made).toMatch(/^[0-9a-f-]{36}$/);
  const before = await rig.store.read((tx) => tx.get<{ seq: number }>("SELECT seq FROM push_configs"));
  await rig.call("tasks/claim", { id: task, agentId: "a" });
  await create({ config_id: made, url: "https://a.example/hooks/two", version: "0.3" });
  expect(await rig.call("push/list", { id: task })).toMatchObject([
    { config_id: made, url: "https://a.example/hooks/two", version: "0.3" },
  ]);
  expect(await rig.store.read((tx) => tx.get<{ seq: number }>("SELECT seq FROM push_configs"))).toEqual(
    before,
  );
});

test("the same request twice makes one configuration, and its secrets are not kept for that", async () => {
  const first = await create({ request_id: "r", ...secrets });
  expect(await create({ request_id: "r", ...secrets })).toEqual(first);
  expect(await rig.call("push/list", { id: task })).toHaveLength(1);
  const kept = await rig.store.read((tx) => tx.all("SELECT * FROM requests"));
  expect(JSON.stringify(kept)).not.toContain("S3CRET");
});

test("secrets lie in the database under the daemon's token, each bound to its own configuration", async () => {
  await create({ config_id: "c", ...secrets });
  await create({ config_id: "other", ...secrets });
  const rows = await rig.store.read((tx) =>
    tx.all<{ secrets: string }>("SELECT * FROM push_configs ORDER BY id"),
  );
  expect(JSON.stringify(rows)).not.toContain("S3CRET");
  const [one, other] = rows.map((row) => row.secrets);
  expect(one).not.toBe(other);
  await rig.store.write((tx) => tx.run("UPDATE push_configs SET secrets = ? WHERE id = 'other'", one ?? ""));
  expect(await rig.call("push/get", { id: task, config_id: "other" })).not.toHaveProperty("token");
  expect(await rig.call("push/get", { id: task, config_id: "c" })).toMatchObject(secrets);
});

describe("what is refused", () => {
  test.each([
    [
      "a URL outside of the prefixes",
      { url: "https://a.example/other" },
      "--push-to https://a.example/hooks",
    ],
    ["a URL that is none", { url: "hooks" }, "is no URL of http or https"],
    [
      "a header that would end",
      { token: "a\r\nX-Evil: S3CRET" },
      "token must be what an HTTP header can hold",
    ],
    [
      "credentials that are too long",
      { authentication: { scheme: "Bearer", credentials: "S3CRET".repeat(1000) } },
      "authentication.credentials must be",
    ],
    [
      "a scheme of two words",
      { authentication: { scheme: "a b", credentials: "S3CRET" } },
      "authentication.scheme must",
    ],
    ["an id that is too long", { config_id: "x".repeat(129) }, "config_id must be 1 to 128"],
    ["a task that there is not", { id: "01a00000-0000-7000-8000-000000000000" }, "There is no task"],
  ])("%s", async (_, input, said) => {
    const made = create(input).then(JSON.stringify, (error: unknown) => String(error));
    expect(await made).toContain(said);
    expect(await made).not.toContain("S3CRET");
    expect(await rig.call("push/list", { id: task })).toEqual([]);
  });

  test("more than a task, and more than a daemon may have", async () => {
    for (let at = 0; at < pushBounds.perTask; at += 1) await create({ config_id: `c${at}` });
    await expect(create()).rejects.toThrow("A task has 16 push configurations at most");
    // one that is there may still be changed
    await create({ config_id: "c0" });
    await rig.store.write(async (tx) => {
      for (let at = 0; at < pushBounds.perDaemon; at += 1)
        await putPushConfig(tx, {
          task_id: "of others",
          id: `${at}`,
          url,
          version: "1.0",
          secrets: null,
          seq: 0,
          created_at: 0,
        });
    });
    const second = textField(await rig.call("tasks/send", { name: "second" }), "id");
    await expect(create({ id: second })).rejects.toThrow("10000 push configurations");
  });

  test("everything, where no URL is allowed", async () => {
    const { store } = rig;
    const none = pushFor({ store, clock: new DaemonClock(), token: "t", prefixes: [], complain: () => {} });
    rig.services.push = none.control;
    await expect(create()).rejects.toThrow("start the daemon with --push-to");
  });
});

test("a node's agent and a tab may neither set nor see one", async () => {
  const runId = await rig.startRun();
  await rig.call("nodes/claim", { run_id: runId, engine: "e", limit: 1 });
  const node = await rig.asNode(runId, 1);
  for (const caller of [node, { kind: "tab", agent: null } as const])
    for (const name of ["push/create", "push/get", "push/list", "push/delete", "push/status"] as const)
      await expect(rig.call(name, { id: task, config_id: "c", url }, caller)).rejects.toThrow(
        "is not open to",
      );
});
