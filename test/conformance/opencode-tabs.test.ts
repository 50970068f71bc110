import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createClient } from "../../src/client/client.ts";
import type { Agent } from "../../src/core/task.ts";
import { opencodeTab, opencodeWorld } from "../support/clients/opencode-tab.ts";
import { sendPrompt } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** The real opencode in a terminal, with the plugin that cord init writes: the tab is woken by it, and its states are known. */

setDefaultTimeout(180_000);

const held = Promise.withResolvers<void>();
const world = await opencodeWorld(async (_, { prompt }) => {
  if (prompt.includes("be busy")) await held.promise;
  return { say: `heard: ${prompt.slice(0, 20)}` };
});
afterAll(() => world[Symbol.asyncDispose](), 60_000);
const client = createClient(world);

async function tab(): Promise<Partial<Agent>> {
  // the daemon is started by its bridge, which may begin after its prompt is drawn
  const agents = await client.call("agents/list", {}).catch(() => []);
  return agents.find(({ client, is_open }) => client === "opencode" && is_open === true) ?? {};
}

async function send(text: string): Promise<void> {
  await client.call("messages/send", { to: (await tab()).id ?? "", text, agentId: "bob" });
}

const asked = (text: string) => world.model.asked.filter((body) => body.includes(text)).length;

test("an idle opencode is woken with a line and keeps what its person has typed; a busy one is told after its turn; each once", async () => {
  await using pane = await opencodeTab(world);
  await until("its tab", async () => (await tab()).wake === "plugin");
  await sendPrompt(pane, "hello there");
  await pane.shows("heard: hello there");
  await until("idle", async () => (await tab()).state === "idle");

  await pane.press("half a line");
  await pane.shows("half a line");
  await send("the API is ready");
  await until("the wake", () => asked("1 new for opencode-project") > 0);
  await pane.shows("heard: 1 new for");
  expect(await pane.shows("half a line")).toContain("half a line");
  expect(asked("the API is ready")).toBe(0);
  expect(asked("New for opencode-project")).toBe(0);
  await pane.press("C-u");
  await until("idle again", async () => (await tab()).state === "idle");
  await client.call("messages/list", { agentId: (await tab()).id ?? "" });

  await sendPrompt(pane, "be busy");
  await until("busy", async () => (await tab()).state === "busy");
  const poked = await client.call("tabs/poke", { agent: (await tab()).id ?? "" });
  expect(poked).toMatchObject({ woken: "plugin" });
  expect(asked("a person pokes you")).toBe(0);
  held.resolve();
  await until("the wake after the turn", () => asked("a person pokes you") > 0);
});
