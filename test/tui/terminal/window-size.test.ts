import { expect, test } from "bun:test";
import { lookAtWindowSize } from "../../../src/tui/terminal/window-size.ts";

test("the window's size is looked at where no signal tells of a change", () => {
  const told: string[] = [];
  const source = { emit: (event: string) => told.push(event) };
  lookAtWindowSize("linux", source);
  lookAtWindowSize("darwin", source);
  expect(told).toEqual([]);
  lookAtWindowSize("win32", source);
  expect(told).toEqual(["SIGWINCH"]);
});
