import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Tab } from "../../../../src/cli/mcp/tab/tab.ts";
import { Connection, type ConnectionOptions } from "../../../../src/client/connection/connection.ts";
import type { Environment } from "../../../../src/core/environment.ts";
import { scriptedInbox } from "../../../support/claude/scripted-inbox.ts";
import { bridgeTo } from "../../../support/clients/bridge.ts";
import { daemonHere, type TestDaemon } from "../../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { rpcCall } from "../../../support/rpc.ts";
import { until } from "../../../support/until.ts";

const Agents = z.object({ result: z.array(z.looseObject({ id: z.string() })) });

async function ids(daemon: TestDaemon): Promise<string[]> {
  return Agents.parse(await daemon.rpc("agents/list")).result.map(({ id }) => id);
}

function tabOf(daemon: ConnectionOptions, env: Environment, folder = temporaryDirectory("project")): Tab {
  const connection = new Connection({ ...daemon, find: ({ url }) => Promise.resolve(url) });
  return new Tab({
    connection,
    env,
    parent: 1,
    folder,
    project: () => folder,
    located: () => Promise.resolve(),
  });
}

test("a tab is open from its client's first word on, and has the name that the client shows", async () => {
  await using daemon = daemonHere();
  using claude = scriptedInbox();
  claude.says({ name: "billing", status: "idle" });
  const bridge = bridgeTo(daemon, { tab: tabOf(daemon, claude.env), client: "claude-code" });
  await bridge.initialize();
  await until("the tab", async () => (await ids(daemon)).includes("billing"));
  claude.says({ name: "release", status: "busy" });
  await until("its new name", async () => (await ids(daemon)).includes("release"));
  await bridge.end();
});

test("a tab comes back to the daemon that follows, as the one it was", async () => {
  const database = join(temporaryDirectory("data"), "cord.db");
  const first = daemonHere({ database });
  using claude = scriptedInbox();
  claude.says({ name: "billing", status: "idle" });
  const bridge = bridgeTo(first, { tab: tabOf(first, claude.env), client: "claude-code" });
  await bridge.initialize();
  await until("the tab", async () => (await ids(first)).includes("billing"));
  await first.stop();
  await using second = daemonHere({ database, token: first.token, port: first.port });
  using other = scriptedInbox();
  other.says({ name: "billing", status: "idle", sessionId: "other" });
  const beside = bridgeTo(second, { tab: tabOf(second, other.env), client: "claude-code" });
  await beside.initialize();
  await until("the other", async () => (await ids(second)).includes("billing-2"));
  claude.says({ name: "release", status: "idle" });
  await until("its new name", async () => (await ids(second)).includes("release"));
  await Promise.all([bridge.end(), beside.end()]);
});

test("no call waits for longer than a moment for a tab that no daemon opens", async () => {
  await using daemon = daemonHere();
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const gone = daemonHere();
  await gone.stop();
  const places = [
    { url: daemon.url, token: "f".repeat(64) },
    { url: `http://127.0.0.1:${silent.port}/`, token: daemon.token },
    { url: gone.url, token: gone.token },
  ];
  using claude = scriptedInbox();
  for (const place of places) {
    const tab = tabOf(place, claude.env);
    tab.heard(rpcCall("initialize", { clientInfo: { name: "claude-code", version: "2" } }));
    await tab.settled();
    tab.answered();
    await tab.settled();
    tab.end();
  }
  expect(claude.heard).toEqual([]);
});

/** What came to an inbox, as its model sees it. */
const Told = z.tuple([
  z.unknown(),
  z.object({ message: z.object({ content: z.string() }), priority: z.string() }),
]);

const lineIn = (heard: unknown) => Told.parse(heard)[1].message.content.split("\n")[1] ?? "";

describe("a wake", () => {
  test("is written by the bridge, says what to call, and is no claim", async () => {
    await using daemon = daemonHere();
    using claude = scriptedInbox({ onMessage: (inbox) => inbox.says({ name: "billing", status: "busy" }) });
    claude.says({ name: "billing", status: "idle" });
    const bridge = bridgeTo(daemon, { tab: tabOf(daemon, claude.env), client: "claude-code" });
    await bridge.initialize();
    await until("the tab", async () => (await ids(daemon)).includes("billing"));
    const message = { name: "the <b>API</b>\u001b[31m", kind: "message", to: "billing" };
    const sent = await daemon.rpc("tasks/send", message);
    await claude.connections(1);
    expect(lineIn(claude.heard[0])).toMatch(/billing.*messages_list/);
    expect(lineIn(claude.heard[0])).not.toMatch(/[\p{C}<>]|API/u);
    const { id } = Sent.parse(sent).result;
    expect(await daemon.rpc("tasks/get", { id })).toMatchObject({ result: { state: "pending" } });
    await bridge.end();
  });

  test("says at the hook of its own prompt nothing beside", async () => {
    await using daemon = daemonHere();
    let hook: Promise<void> = Promise.resolve();
    using claude = scriptedInbox({
      onMessage(inbox) {
        void bridge.write(rpcCall("tools/call", { name: "hook_prompt", arguments: {} }, "hook"));
        hook = bridge.lines('"id":"hook"').then(() => inbox.says({ name: "billing", status: "busy" }));
      },
    });
    claude.says({ name: "billing", status: "idle" });
    const bridge = bridgeTo(daemon, { tab: tabOf(daemon, claude.env), client: "claude-code" });
    await bridge.initialize();
    await until("the tab", async () => (await ids(daemon)).includes("billing"));
    await daemon.rpc("tasks/send", { name: "hi", kind: "message", to: "billing" });
    await claude.connections(1);
    await hook;
    expect(bridge.said.find((line) => line.includes('"id":"hook"'))).toContain('"text":"{}"');
    await bridge.end();
  });

  test("is not given where the config says so, nor to a session without a person", async () => {
    await using daemon = daemonHere();
    const folder = temporaryDirectory("project");
    mkdirSync(join(folder, ".cord"));
    writeFileSync(join(folder, ".cord/config.toml"), '[tabs]\nwake = "off"\n');
    using off = scriptedInbox();
    using headless = scriptedInbox({ entrypoint: "sdk-cli" });
    off.says({ name: "off", status: "idle" });
    headless.says({ name: "headless", status: "idle" });
    const bridges = [tabOf(daemon, off.env, folder), tabOf(daemon, headless.env)].map((tab) =>
      bridgeTo(daemon, { tab, client: "claude-code" }),
    );
    for (const bridge of bridges) await bridge.initialize();
    for (const to of ["off", "headless"]) {
      await until("the tab", async () => (await ids(daemon)).includes(to));
      await daemon.rpc("tasks/send", { name: "hi", kind: "message", to });
      expect(await daemon.rpc("tabs/poke", { agent: to })).toMatchObject({ result: { woken: null } });
    }
    expect([...off.heard, ...headless.heard]).toEqual([]);
    for (const bridge of bridges) await bridge.end();
  });
});

const Sent = z.object({ result: z.object({ id: z.string() }) });
