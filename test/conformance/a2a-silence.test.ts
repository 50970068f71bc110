import { afterAll, describe, expect, test } from "bun:test";
import { holderOf } from "../support/a2a/holder.ts";
import { plainCall, plainRest, type Plain } from "../support/a2a/plain-client.ts";
import { daemonProcess } from "../support/machine/daemon.ts";

/** Clients that give up after 5 s of silence hold for as long as their task takes, in each way to ask. */

const daemon = await daemonProcess();
afterAll(() => daemon[Symbol.asyncDispose]());
const holder = holderOf(daemon);

/** One comes at least every 3 s: after these 5 s have gone by, also where the first came at once. */
const signs = 4;

function sent(text: string) {
  return { message: { messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [{ text }] } };
}

/** While nobody works on it, and while its holder says nothing. */
async function throughSilence(name: string, asked: Plain): Promise<string> {
  await asked.hears(signs);
  const held = await holder.next(name);
  await asked.hears(2 * signs);
  await held.complete({ result: "done" });
  return asked.text;
}

describe.concurrent("through silence holds", () => {
  test("a blocking answer over JSON-RPC, which spaces come before", async () => {
    const text = await throughSilence("one", plainCall(daemon, "SendMessage", sent("one")));
    expect(text).toMatch(/^ {4,}\{/);
    expect(JSON.parse(text)).toMatchObject({
      id: 1,
      result: {
        task: { status: { state: "TASK_STATE_COMPLETED" }, artifacts: [{ parts: [{ text: "done" }] }] },
      },
    });
  });

  test("a blocking answer over HTTP+JSON", async () => {
    const text = await throughSilence("two", plainRest(daemon, "/message:send", sent("two")));
    expect(JSON.parse(text)).toMatchObject({ task: { status: { state: "TASK_STATE_COMPLETED" } } });
  });

  test("a stream over JSON-RPC, with comments in it", async () => {
    const text = await throughSilence("three", plainCall(daemon, "SendStreamingMessage", sent("three")));
    expect(text.match(/^:/gm)?.length).toBeGreaterThanOrEqual(signs);
    expect(lastState(text)).toBe("TASK_STATE_COMPLETED");
  });

  test("a stream over HTTP+JSON, and one that is subscribed to", async () => {
    const stream = plainRest(daemon, "/message:stream", sent("four"));
    await stream.hears(signs);
    const held = await holder.next("four");
    const later = plainRest(daemon, `/tasks/${held.id}:subscribe`);
    await later.hears(signs);
    await held.complete({ result: "done" });
    expect([lastState(await stream.text), lastState(await later.text)]).toEqual([
      "TASK_STATE_COMPLETED",
      "TASK_STATE_COMPLETED",
    ]);
  });
});

function lastState(text: string): string | undefined {
  return [...text.matchAll(/"status":\{"state":"(\w+)"/g)].at(-1)?.[1];
}
