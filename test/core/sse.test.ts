import { expect, test } from "bun:test";
import { sseHeartbeat, SseReader, sseText, type SseEvent } from "../../src/core/sse.ts";

const events: SseEvent[] = [
  { id: "7", event: "task.created", data: '{"name":"§ café 🙂"}' },
  { data: "two\nlines" },
  { data: "" },
  { event: "message", data: `{"long":"${"x".repeat(100_000)}"}` },
];

const written = Buffer.from(events.map((event) => sseHeartbeat + sseText(event)).join(""));

/** The events of a stream that comes in pieces of so many bytes. */
function readIn(pieceBytes: number, bytes = written): SseEvent[] {
  const reader = new SseReader();
  const read: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    read.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  return read;
}

test("what is written is read as it was, whatever pieces it comes in, and a heartbeat is nothing", () => {
  const whole = readIn(written.length);
  expect(whole).toEqual(events.map((event) => ({ event: undefined, id: undefined, ...event })));
  for (const size of [1, 7, 4096]) expect(readIn(size)).toEqual(whole);
});

test("of an event without an end no more is kept than a reader has room for", () => {
  const reader = new SseReader();
  const piece = Buffer.alloc(8 * 1_048_576, "x");
  reader.push(Buffer.from("data: "));
  const readAll = () => {
    for (let pieces = 0; pieces < 10; pieces += 1) reader.push(piece);
  };
  expect(readAll).toThrow("too long to be read");
  expect(() => reader.push(Buffer.from("data: next\n\n"))).toThrow();
});

test("an event that broke off is not read", () => {
  expect(readIn(100, written.subarray(0, written.length - 1))).toHaveLength(events.length - 1);
});

test("an event is written as its readers have always known it", () => {
  expect(sseText({ id: "x", retryMs: 2000, data: "" })).toBe("id: x\nretry: 2000\ndata: \n\n");
  expect(sseText({ id: "7", event: "task.created", data: "{}" })).toBe(
    "id: 7\nevent: task.created\ndata: {}\n\n",
  );
  expect(sseText({ data: "two\nlines" })).toBe("data: two\ndata: lines\n\n");
});
