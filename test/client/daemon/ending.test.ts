import { expect, test } from "bun:test";
import { askingOn } from "../../../src/client/daemon/ending.ts";

test("a daemon that does not answer is asked by signals where there are any", () => {
  expect(askingOn("linux")).toEqual(["SIGTERM", "SIGCONT"]);
  expect(askingOn("darwin")).toEqual(["SIGTERM", "SIGCONT"]);
  expect(askingOn("win32")).toEqual([]);
});
