import { Database } from "bun:sqlite";
import { join } from "node:path";
import { createClient, type Client } from "../../src/client/client.ts";
import { healthOf } from "../../src/client/daemon/look.ts";
import type { Board } from "./machine/board.ts";
import type { Machine } from "./machine/machine.ts";
import { until } from "./until.ts";

/** A client that starts no daemon, and asks again when one is there. */
export function waitingClient({ url, token }: Machine): Client {
  const find = async () => {
    await until("a daemon", async () => (await healthOf(url, { token }).catch(() => null)) !== null);
    return url;
  };
  return createClient({ url, token, find });
}

/** Sends one task after the other until it is ended. What was acknowledged is in `sent`. */
export interface Sender {
  sent: string[];
  end(): Promise<void>;
}

export function sender(board: Board, name: string): Sender {
  const client = waitingClient(board);
  const [sent, isOver]: [string[], { now: boolean }] = [[], { now: false }];
  const loop = async () => {
    for (let number = 0; !isOver.now; number += 1) {
      await client.call("tasks/send", { name: `${name} ${number}`, project: board.cwd });
      sent.push(`${name} ${number}`);
    }
  };
  const ended = loop();
  return { sent, end: () => ((isOver.now = true), ended) };
}

/** Resolves once each has sent so many more. */
export function haveSent(senders: readonly Sender[], more: number): Promise<void> {
  const before = senders.map(({ sent }) => sent.length);
  return until("sends", () => senders.every(({ sent }, at) => sent.length >= (before[at] ?? 0) + more));
}

/** The names of all tasks that the database holds: of a list a client gets a thousand at most. */
export function taskNames({ data }: Machine): string[] {
  const database = new Database(join(data, "cord/cord.db"), { readonly: true });
  try {
    return database
      .query<{ name: string }, []>("SELECT name FROM tasks")
      .all()
      .map(({ name }) => name)
      .toSorted();
  } finally {
    database.close();
  }
}
