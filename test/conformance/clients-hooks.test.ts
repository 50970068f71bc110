import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createClient } from "../../src/client/client.ts";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel, type OtherTurn } from "../support/clients/other-models.ts";

/** The hooks that cord init writes for Gemini CLI, in the real one: its model hears of the board by them alone. */

setDefaultTimeout(180_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);
const client = createClient(world);

async function send(to: string, text: string): Promise<void> {
  await client.call("messages/send", { to, text, agentId: "bob" });
}

/** The tab that the client has open now. */
async function handleOf(kind: string): Promise<string> {
  const agents = await client.call("agents/list", {});
  return agents.find((agent) => agent.client === kind && agent.is_open === true)?.id ?? "nobody";
}

test("Gemini CLI's model is told of a message after its tool, and goes on once instead of ending its turn", async () => {
  const run = runs.find((one) => one.client === "Gemini CLI");
  if (run === undefined) throw new Error("no Gemini CLI");
  const turns: (() => Promise<OtherTurn>)[] = [
    async () => {
      await send(await handleOf("gemini"), "the first");
      return { call: "list_directory", args: { dir_path: "." }, isClients: true };
    },
    async () => {
      await send(await handleOf("gemini"), "the second");
      return { say: "I am done." };
    },
    async () => {
      await send(await handleOf("gemini"), "the third");
      return { say: "Now I am." };
    },
  ];
  let count = 0;
  const states: unknown[] = [];
  await using model = startOtherModel(async () => {
    states.push((await client.call("agents/list", {})).find(({ client }) => client === "gemini")?.state);
    return (await turns[count++]?.()) ?? { say: "No more." };
  });
  const ended = await world.run(run.argv, run.prepare(model.url));
  expect({ errors: model.errors, code: ended.code, err: ended.code === 0 ? "" : ended.err }).toEqual({
    errors: [],
    code: 0,
    err: "",
  });
  const news = /New for gemini-project: 1 message\. messages_list has it\./g;
  const told = model.asked.map((asked) => asked.match(news)?.length ?? 0);
  // after the tool, then in place of the end; a turn that goes on already may end, and the third waits for the next prompt
  expect(told).toEqual([0, 1, 2]);
  expect(model.asked.join()).not.toContain("the first");
  expect(states).toEqual(["busy", "busy", "busy"]);
});
