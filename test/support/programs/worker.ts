import { createClient } from "../../../src/client/client.ts";
import { messageOf } from "../../../src/core/error.ts";

/**
 * One worker's loop in a process of its own: it waits for work, claims and completes it until nothing is open, and prints
 * as JSON what it did and which claims it was refused. Told to die, it claims one task, says so, and does nothing more.
 */

const [url = "", token = "", agent = "", fate = "work"] = process.argv.slice(2);
const client = createClient({ url, token });
const done: string[] = [];
const refusals: string[] = [];

for (let isOpen = true; isOpen;) {
  const [task] = await client.call("tasks/list", { state: "pending", limit: 1, wait_ms: 500 });
  if (task) await take(task.id);
  else {
    const { tasks } = await client.call("daemon/status", {});
    isOpen = (tasks["pending"] ?? 0) + (tasks["claimed"] ?? 0) > 0;
  }
}
process.stdout.write(JSON.stringify({ done, refusals }));

async function take(id: string): Promise<void> {
  try {
    await client.call("tasks/claim", { id, agentId: agent, leaseSeconds: 1 });
  } catch (error) {
    refusals.push(messageOf(error));
    return;
  }
  if (fate === "die") {
    process.stdout.write(`${id}\n`);
    setInterval(() => {}, 60_000);
    await new Promise(() => {});
  }
  await client.call("tasks/complete", { id, agentId: agent });
  done.push(id);
}
