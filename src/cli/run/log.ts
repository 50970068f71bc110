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
import { print } from "../board/output.ts";

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
  const printer = new LogPrinter(agent, raw);
  const follower = new Follower(join(dir, OUTPUT_FILE), printer.take);
  await follower.finish();
  await printer.printed;
}

/** Prints as it is written, until the daemon says that the attempt has ended. */
export async function followLog(
  client: Client,
  attempt: AttemptFolder & { runId: string; number: number },
  agent: string,
  raw: boolean,
): Promise<void> {
  const stop = new AbortController();
  const printer = new LogPrinter(agent, raw, () => stop.abort());
  const follower = new Follower(join(attempt.dir, OUTPUT_FILE), printer.take);
  const read = () => {
    while (follower.read());
  };
  const watcher = watch(join(attempt.dir, OUTPUT_FILE), read);
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
    await printer.printed;
  }
}

/** Prints an agent's lines in their order. */
class LogPrinter {
  /** Resolves once all that was taken so far is out; rejects as print does. */
  printed: Promise<void> = Promise.resolve();
  readonly #read: ((line: string) => AgentEvent[]) | null;
  readonly #onLost: () => void;

  constructor(agent: string, raw: boolean, onLost: () => void = () => {}) {
    this.#read = raw ? null : agentNamed(agent).reader();
    this.#onLost = onLost;
  }

  readonly take = (line: string): void => {
    const text = this.#read === null ? rawLine(line) : toldLines(this.#read(line));
    if (text === "") return;
    this.printed = print(text);
    this.printed.catch(this.#onLost);
  };
}

function rawLine(line: string): string {
  return process.stdout.isTTY ? plain(line) : line;
}

function toldLines(events: readonly AgentEvent[]): string {
  return events
    .map(told)
    .filter((part) => part !== "")
    .join("\n");
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
