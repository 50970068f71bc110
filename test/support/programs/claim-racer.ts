import { createClient } from "../../../src/client/client.ts";
import { CordError } from "../../../src/core/error.ts";

/** One process of a race: tries to claim tasks, in an order of its own, and prints which it won as JSON. */

const [url = "", token = "", agent = "", attempts = "0"] = process.argv.slice(2);
const client = createClient({ url, token });
const ids = (await new Response(Bun.stdin.stream()).text()).split("\n").filter((id) => id !== "");
const won: string[] = [];
let refused = 0;
let slowestMs = 0;

await Promise.all(Array.from({ length: 8 }, (_, lane) => race(lane)));
process.stdout.write(JSON.stringify({ agent, won, refused, slowestMs }));

async function race(lane: number): Promise<void> {
  for (let turn = lane; turn < Number(attempts); turn += 8) {
    const id = ids[turn % ids.length] ?? "";
    const started = performance.now();
    try {
      await client.call("tasks/claim", { id, agentId: agent });
      won.push(id);
    } catch (error) {
      if (!(error instanceof CordError) || error.code !== "conflict") throw error;
      refused += 1;
    }
    slowestMs = Math.max(slowestMs, performance.now() - started);
  }
}
