import { readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "../../client/client.ts";
import { ensureDaemon } from "../../client/daemon.ts";
import { followEvents } from "../../client/events.ts";
import { plain, plainLines } from "../../core/text.ts";
import type { AgentEvent } from "../../engine/agents/agent.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { Follower } from "../../engine/follow.ts";
import { OUTPUT_FILE } from "../../engine/shim.ts";
import { usd } from "../../tui/time.ts";

export interface AttemptFolder {
  epoch: number;
  dir: string;
}

/** The folders that a node's attempts have left on this machine, oldest first. */
export function attemptFolders(node: { number: number; dir: string | null }): AttemptFolder[] {
  if (node.dir === null) return [];
  const parent = dirname(node.dir);
  const prefix = `${node.number}-`;
  return namesIn(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ epoch: Number(name.slice(prefix.length)), dir: join(parent, name) }))
    .toSorted((left, right) => left.epoch - right.epoch);
}

export async function printLog(dir: string, agent: string, raw: boolean): Promise<void> {
  const follower = new Follower(join(dir, OUTPUT_FILE), printer(agent, raw));
  await follower.finish();
}

/** Prints as it is written, until the daemon says that the attempt has ended. */
export async function followLog(
  client: Client,
  attempt: AttemptFolder & { runId: string; number: number },
  agent: string,
  raw: boolean,
): Promise<void> {
  const follower = new Follower(join(attempt.dir, OUTPUT_FILE), printer(agent, raw));
  const read = () => {
    while (follower.read());
  };
  const watcher = watch(join(attempt.dir, OUTPUT_FILE), read);
  const stop = new AbortController();
  try {
    read();
    const { seq, nodes } = await client.call("runs/get", { run_id: attempt.runId });
    const still = nodes.find(({ number }) => number === attempt.number);
    if (still?.status !== "active" || still.epoch !== attempt.epoch) return;
    for await (const event of followEvents(client, { run_id: attempt.runId }, seq, stop.signal, () =>
      ensureDaemon(client.url),
    )) {
      if (event.type === "attempt.ended" && event.number === attempt.number) break;
      if (event.type === "run.ended") break;
    }
  } finally {
    stop.abort();
    watcher.close();
    await follower.finish();
  }
}

function printer(agent: string, raw: boolean): (line: string) => void {
  const read = agentNamed(agent).reader();
  return (line) => {
    const text = raw
      ? line
      : read(line)
          .map(told)
          .filter((part) => part !== "")
          .join("\n");
    if (text !== "") process.stdout.write(`${raw && process.stdout.isTTY ? plain(text) : text}\n`);
  };
}

/** An agent's event as a person reads it. */
function told(event: AgentEvent): string {
  switch (event.type) {
    case "started":
      return plain(`started  ${event.model ?? ""}  session ${event.sessionId ?? "unknown"}`);
    case "said":
      return plainLines(event.text);
    case "used":
      return plain(`→ ${event.tool}: ${event.detail}`);
    case "retrying":
      return plain(`retry ${event.attempt}: ${event.status ?? ""} ${event.message}`);
    case "ended":
      return plain(`ended  ${event.reason}  ${usd(event.usd)}  ${event.turns} turns`);
    default:
      return "";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
