import { afterEach, expect, test } from "bun:test";
import { holderOf, type Held } from "../support/a2a/holder.ts";
import { messageOf, sdkClient, wires } from "../support/a2a/sdk-client.ts";
import { shownHistory } from "../support/a2a/shown.ts";
import { follow, type Followed } from "../support/a2a/stream.ts";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { freePort } from "../support/machine/free-port.ts";

/** A stream breaks with its daemon: who subscribes again at the next one has missed nothing, be it that both go on meanwhile. */

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

for (const wire of wires)
  test(`killed in the middle: every line is in the snapshot or after it, none twice (${wire})`, async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const killed = await daemonAt({ address });
    const client = await sdkClient(killed, wire);
    const stream = follow(client.sendMessageStream(messageOf("Count")));
    const id = await stream.taskId();
    const held = await holderOf(killed).next("Count");
    await count(held, 1, 20);
    await stream.tells("working: 20");
    await killed.end("SIGKILL");
    await stream.ended.catch(() => "it broke");
    expect(stream.lines.at(-1)).toBe("working: 20");

    await daemonAt({ address, dataHome: killed.dataHome, database: killed.database });
    const counting = count(held, 21, 60);
    const again = follow(client.resubscribeTask({ tenant: "", id }));
    await counting;
    await again.tells("working: 60");
    await held.complete({ result: "60" });
    expect((await again.ended).slice(-2)).toEqual(['artifact result: "60", the last', "completed"]);
    expect([...snapshotOf(again), ...linesOf(again)]).toEqual(numbers(1, 60));
  });

test("a daemon that is told to end ends its streams, and the next one goes on", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const ending = await daemonAt({ address });
  const client = await sdkClient(ending, "1.0 over JSON-RPC");
  const stream = follow(client.sendMessageStream(messageOf("Count")));
  const id = await stream.taskId();
  const held = await holderOf(ending).next("Count");
  await stream.tells("working");
  await ending.end("SIGTERM");
  await stream.ended.catch(() => "it broke");
  await daemonAt({ address, dataHome: ending.dataHome, database: ending.database });
  const again = follow(client.resubscribeTask({ tenant: "", id }));
  await again.tells("task working");
  await held.complete();
  expect(await again.ended).toEqual(["task working", "completed"]);
});

async function daemonAt(options: Parameters<typeof daemonProcess>[0]): Promise<DaemonProcess> {
  const daemon = await daemonProcess(options);
  disposables.push(daemon);
  return daemon;
}

async function count(held: Held, from: number, to: number): Promise<void> {
  for (const line of numbers(from, to)) await held.say(line);
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

/** The numbers that the first update has in its history. */
function snapshotOf({ updates }: Followed): string[] {
  const first = updates[0]?.payload;
  if (first?.$case !== "task") throw new Error("The first update is no task.");
  return shownHistory(first.value).flatMap((line) => /^agent: (\d+)$/.exec(line)?.[1] ?? []);
}

function linesOf({ lines }: Followed): string[] {
  return lines.flatMap((line) => /^working: (\d+)$/.exec(line)?.[1] ?? []);
}
