import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { rpcCall } from "../support/rpc.ts";

const Page = z.object({ items: z.array(z.object({ name: z.string() })), next: z.string().optional() });

const Answers = z.array(
  z.object({ id: z.unknown(), result: z.array(z.looseObject({ name: z.string(), payload: z.unknown() })) }),
);

let daemon: DaemonProcess;

/** A hundred megabytes on the board. */
beforeAll(async () => {
  daemon = await daemonProcess();
  const send = async (index: number) =>
    daemon.rpc("tasks/send", { name: `task ${index}`, payload: { text: "x".repeat(100_000) } });
  for (let from = 0; from < 1000; from += 20)
    await Promise.all(Array.from({ length: 20 }, (_, at) => send(from + at)));
});

afterAll(() => daemon.end());

const list = () => daemon.post(rpcCall("tasks/list", { limit: 1000 }));

async function bytesOf(response: Response): Promise<number> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += chunk.length;
  return bytes;
}

/** In megabytes, at its highest since the daemon started. */
function peakMemory(): number {
  const status = readFileSync(`/proc/${daemon.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test.skipIf(process.platform !== "linux")(
  "eight lists of a hundred megabytes at once, and eight that nobody reads, leave the daemon small",
  async () => {
    const unread = await Promise.all(Array.from({ length: 8 }, list));
    const sizes = await Promise.all(Array.from({ length: 8 }, async () => bytesOf(await list())));
    expect(Math.min(...sizes)).toBeGreaterThan(100_000_000);
    expect(peakMemory()).toBeLessThan(300);
    await Promise.all(unread.map((response) => response.body?.cancel()));
  },
);

test("a long list is whole, the newest first, and so is a batch that holds one", async () => {
  const [whole] = Answers.parse([await (await list()).json()]);
  const names = whole?.result.map(({ name }) => name);
  expect([names?.length, new Set(names).size]).toEqual([1000, 1000]);
  expect(whole?.result[0]).toMatchObject({ payload: { text: "x".repeat(100_000) } });
  const calls = [
    rpcCall("tasks/list", { limit: 20 }, "a"),
    rpcCall("tasks/list", { limit: 1, full: false }, "b"),
  ];
  const [first, second] = Answers.parse(await (await daemon.post(calls)).json());
  expect([first?.id, first?.result.length, second?.id]).toEqual(["a", 20, "b"]);
  expect(second?.result[0]).toMatchObject({
    cut: { payload: 100_011 },
    payload: expect.stringMatching(/^\{"text":"x{491}…$/),
  });
});

test("a page of scripts is bounded too, and its cursor leads through all", async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { result } = await daemon.rpc("tasks/page", {
      limit: 1000,
      full: true,
      fields: ["name", "payload"],
      cursor,
    });
    const { items, next } = Page.parse(result);
    seen.push(...items.map(({ name }) => name));
    cursor = next;
    pages += 1;
  } while (cursor !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([1000, 1000]);
  expect(pages).toBeGreaterThan(50);
});
