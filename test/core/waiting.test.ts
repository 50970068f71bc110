import { expect, test } from "bun:test";
import { waitMsIn } from "../../src/core/waiting.ts";

test.each<[unknown, number]>([
  [{ wait_ms: 500 }, 500],
  [{ wait_ms: "500", name: "x" }, 500],
  [{ waitMs: 500, wait_seconds: 2 }, 2000],
  [{ WAIT_SECONDS: "0.5" }, 500],
  ['{"wait_ms":700}', 700],
  ["wait_ms: 700", 0],
  [{ wait_ms: null }, 0],
  [{ wait_ms: -1, waiting: 5, await_ms: 5 }, 0],
  [[{ wait_ms: 5 }], 0],
  [undefined, 0],
])("%j asks for %d ms", (params, ms) => expect(waitMsIn(params)).toBe(ms));
