import { expect, test } from "bun:test";
import { bytesOf } from "../../../src/cli/run/goal-source.ts";

const brief = { silentMs: 1, saidAfterMs: 60_000 };

test("a stream that says nothing at all is left in time, with what to do instead", async () => {
  const silent = new ReadableStream<Uint8Array>();
  await expect(bytesOf(silent, "Standard input", brief)).rejects.toThrow(
    'Nothing came from standard input. Say what is to be done: cord run "your goal"',
  );
});

test("a stream that has begun is read to its end, however long that takes", async () => {
  const rest = Promise.withResolvers<void>();
  const slow = new ReadableStream<Uint8Array>({
    async start(stream) {
      stream.enqueue(Buffer.from("A "));
      await rest.promise;
      stream.enqueue(Buffer.from("goal"));
      stream.close();
    },
  });
  const read = bytesOf(slow, "Standard input", brief);
  // one that began later, and says nothing, has been left by then
  await expect(bytesOf(new ReadableStream<Uint8Array>(), "Standard input", brief)).rejects.toThrow();
  rest.resolve();
  expect((await read).toString()).toBe("A goal");
});

test("a stream without end is refused once it is larger than a plan may be", async () => {
  const endless = new ReadableStream<Uint8Array>({
    pull: (stream) => stream.enqueue(new Uint8Array(100_000)),
  });
  await expect(bytesOf(endless, "Standard input")).rejects.toThrow("Standard input is larger than");
});
