import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/client/client.ts";
import { clientRuns, type ClientRun } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel, type OtherTurn } from "../support/clients/other-models.ts";

/** The hooks that cord init writes for Gemini CLI, in the real one: its model hears of the board by them alone. */

setDefaultTimeout(180_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);
const client = createClient(world);
await world.run(["cord", "status"]);

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
  let { told, states } = await newsIn(run);
  // on a busy machine a hook may be late, and says nothing then; a tab that left something unread keeps its handle
  for (let again = 0; again < 3 && told.join() !== "0,1,2"; again += 1)
    ({ told, states } = await newsIn(run));
  // after the tool, then in place of the end; a turn that goes on already may end, and the third waits for the next prompt
  expect(told).toEqual([0, 1, 2]);
  expect(states).toEqual(["busy", "busy", "busy"]);
});

/** How often its model was told of something new by then, and what the tab did, at each request to the model. */
async function newsIn(run: ClientRun): Promise<{ told: number[]; states: unknown[] }> {
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
  const news = /New for gemini-project(?:-\d+)?: 1 message\. messages_list has it\./g;
  expect(model.asked.join()).not.toContain("the first");
  return { told: model.asked.map((asked) => asked.match(news)?.length ?? 0), states };
}

test("Gemini CLI's edit of a file that another has reserved is refused with who and what to do, or only told of, by the config", async () => {
  const run = runs.find((one) => one.client === "Gemini CLI");
  if (run === undefined) throw new Error("no Gemini CLI");
  const config = join(world.project, ".cord/config.toml");
  mkdirSync(join(world.project, ".cord"), { recursive: true });
  const reserved = await client.call("files/reserve", {
    paths: ["src/**"],
    reason: "the release",
    folder: world.project,
    agentId: "bob",
  });
  for (const [mode, told] of [
    ["enforce", /Tool execution blocked: .* is reserved by bob .*the release/],
    ["warn", /<hook_context>.* is reserved by bob .*the release/],
  ] as const) {
    writeFileSync(config, `[tabs]\nreservations = "${mode}"\n`);
    const pathOf = (count: number) => join(world.project, `src/${mode}-${count}.txt`);
    const results: string[] = [];
    await using model = startOtherModel((seen) => {
      results.splice(0, results.length, ...seen);
      // on a busy machine a hook may be late, and says nothing then
      if (told.test(seen.at(-1) ?? "") || seen.length === 10) return { say: "I am done." };
      const args = { file_path: pathOf(seen.length), content: "x" };
      return { call: "write_file", args, isClients: true };
    });
    const ended = await world.run(run.argv, run.prepare(model.url));
    expect({ mode, errors: model.errors, code: ended.code }).toEqual({ mode, errors: [], code: 0 });
    expect(results.at(-1)).toMatch(told);
    expect({ mode, isWritten: existsSync(pathOf(results.length - 1)) }).toEqual({
      mode,
      isWritten: mode === "warn",
    });
  }
  await client.call("files/release", { id: reserved.id, agentId: "bob" });
});
