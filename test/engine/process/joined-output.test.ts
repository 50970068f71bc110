import { expect, test } from "bun:test";
import { joined } from "../../../src/engine/process/joined-output.ts";

test("what two streams give is brought together by whole lines, and all of it comes", async () => {
  const [one, other] = [stream(), stream()];
  const read = reading(joined(one.readable, other.readable));
  await one.write("begun ");
  await other.write("whole\nand the ");
  await one.write("and ended\n");
  await other.write("last");
  await other.close();
  await one.write("more\n");
  await one.close();
  expect(await read).toBe("whole\nbegun and ended\nand the lastmore\n");
});

test("a line without an end does not wait for ever", async () => {
  const [one, other] = [stream(), stream()];
  const reader = joined(one.readable, other.readable).getReader();
  void one.write("x".repeat(70_000));
  const { value } = await reader.read();
  expect(value?.length).toBe(70_000);
});

function stream() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const write = (text: string) => writer.write(Buffer.from(text));
  return { readable, write, close: () => writer.close() };
}

async function reading(from: ReadableStream<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(from)).toString();
}
