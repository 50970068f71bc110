import { expect, test } from "bun:test";
import { operations } from "../../src/operations/list.ts";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { randomly } from "../support/random.ts";

/** A daemon that is killed, with -9, while messages are sent and read: each is in its inbox once, and is read as new once. */

const Answer = operations["messages/list"].output;
const senders = 8;
const rounds = 6;

/** What is said by each call until the daemon is killed, as far as it was acknowledged. */
async function sendUntilKilled(daemon: DaemonProcess, round: number, atLeast: number): Promise<string[]> {
  const acknowledged: string[] = [];
  const sender = async (own: number) => {
    for (let n = 0; ; n += 1) {
      const text = `${round}.${own}.${n}`;
      const sent = await daemon.rpc("messages/send", { to: "bob", text, agentId: "alice" }).catch(() => null);
      if (sent === null) return;
      expect(sent.error).toBeUndefined();
      acknowledged.push(text);
      // right after an acknowledgement: what it led to may not be written yet
      if (acknowledged.length === atLeast) void daemon.end("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, own) => sender(own)));
  await daemon.exited;
  return acknowledged;
}

/** All that is unread. A call whose answer was lost with the daemon is made again at the next one. */
async function readAll(daemon: DaemonProcess, round: number): Promise<string[]> {
  const texts: string[] = [];
  for (let page = 0; ; page += 1) {
    const request_id = `read ${round} ${page}`;
    const { result } = await daemon.rpc("messages/list", {
      agentId: "bob",
      limit: 100,
      unread: true,
      request_id,
    });
    const { items, more } = Answer.parse(result);
    texts.push(...items.filter(({ is_new }) => is_new).map(({ text }) => text));
    if (!more) return texts;
  }
}

test(
  "each message that was acknowledged is read as new exactly once, whenever the daemon was killed",
  randomly(async (random) => {
    let daemon = await daemonProcess();
    const [acknowledged, read]: [string[], string[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await sendUntilKilled(daemon, round, 20 + random.int(150))));
      daemon = await daemonProcess({ dataHome: daemon.dataHome });
      if (round % 2 === 1) read.push(...(await readAll(daemon, round)));
    }
    const last = await readAll(daemon, rounds);
    read.push(...last);
    await daemon[Symbol.asyncDispose]();
    expect(acknowledged.filter((text) => !read.includes(text))).toEqual([]);
    expect(new Set(read).size).toBe(read.length);
    expect(acknowledged.length).toBeGreaterThan(rounds * 20);
  }),
);

test("an answer that was lost with the daemon is given again by the next one", async () => {
  const first = await daemonProcess();
  await first.rpc("messages/send", { to: "bob", text: "once", agentId: "alice" });
  const asked = { agentId: "bob", request_id: "r" };
  const { result } = await first.rpc("messages/list", asked);
  await first.end("SIGKILL");
  await using second = await daemonProcess({ dataHome: first.dataHome });
  expect((await second.rpc("messages/list", asked)).result).toEqual(result);
  const again = Answer.parse((await second.rpc("messages/list", { agentId: "bob" })).result);
  expect(again.items).toMatchObject([{ text: "once", is_new: false }]);
});
