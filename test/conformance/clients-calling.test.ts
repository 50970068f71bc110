import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { instructions } from "../../src/server/mcp/instructions.ts";
import { rpcClient } from "../support/rpc.ts";
import { until } from "../support/until.ts";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel, type OtherScript, type OtherTurn } from "../support/clients/other-models.ts";

/** Codex, Gemini CLI and opencode work on the board as their models tell them: they call cord's tools, and do not only list them. */

setDefaultTimeout(180_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);

const [firstSentence = ""] = instructions.board.split("\n");

const Task = z.object({ id: z.string(), number: z.number() });

test.each(runs)(
  "$client tells its model what cord is for; it finds, claims and completes a task, with arguments as models write them, and waits for another",
  async ({ client, checks, argv, prepare }) => {
    const sent = await world.run(["cord", "send", `for ${client}`, "--kind", client, "--json"]);
    const task = Task.parse(JSON.parse(sent.out));
    const results: string[] = [];
    const script: OtherScript = (seen) => {
      results.splice(0, results.length, ...seen);
      return turns(client, task, checks === true)[seen.length] ?? { say: "It is done." };
    };
    await using model = startOtherModel(script);
    const running = world.run(argv, prepare(model.url));
    await Promise.race([running, until("its wait", async () => (await watchers()) > 0)]);
    await world.run(["cord", "send", `late for ${client}`, "--kind", late(client)]);
    const ended = await running;
    expect({
      errors: model.errors,
      code: ended.code,
      results: results.length,
      err: ended.code === 0 ? "" : ended.err,
    }).toEqual({
      errors: [],
      code: 0,
      results: 5,
      err: "",
    });
    expect(results[1]).toContain(task.id);
    expect(model.asked[0]).toContain(firstSentence);
    expect(results[4]).toContain(`late for ${client}`);
    const shown = await world.run(["cord", "show", String(task.number), "--json"]);
    expect(JSON.parse(shown.out)).toMatchObject({
      state: "completed",
      claimed_by: `agent of ${client}`,
      result: { fixed: ["login.ts"], size: 12 },
    });
  },
);

/** Of the task that it waits for in the end. */
function late(client: string): string {
  return `late ${client}`;
}

const Status = z.object({ result: z.object({ watchers: z.number() }) });

async function watchers(): Promise<number> {
  const { rpc } = rpcClient(world.url, world.token);
  return Status.parse(await rpc("daemon/status")).result.watchers;
}

/** What a model does on the board: its numbers as strings and its objects as JSON in strings, as many models write them. */
function turns(client: string, { id, number }: z.infer<typeof Task>, typed: boolean): OtherTurn[] {
  const agent_id = `agent of ${client}`;
  const result = typed ? { fixed: ["login.ts"], size: 12 } : '{"fixed":["login.ts"],"size":12}';
  return [
    { call: "agents_heartbeat", args: { id: agent_id, name: client } },
    { call: "tasks_list", args: { state: "pending", kind: client, limit: typed ? 5 : "5", to: "" } },
    { call: "tasks_claim", args: { id: `#${number}`, agent_id, lease_seconds: typed ? 600 : "600" } },
    { call: "tasks_complete", args: { id, agent_id, result } },
    { call: "tasks_list", args: { kind: late(client), wait_ms: 50_000 } },
  ];
}
