import { expect, test } from "bun:test";
import { loadedWith } from "../../support/loaded.ts";

test("a shim, of which each agent has one, loads no library", () => {
  const loaded = [...loadedWith("src/engine/process/shim.ts")];
  expect(loaded.length).toBeGreaterThan(20);
  expect(loaded.filter((one) => !/^(?:src\/|node:|bun:)/.test(one))).toEqual([]);
});
