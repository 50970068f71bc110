import { expect, test } from "bun:test";
import { colorWish } from "../../src/cli/output.ts";

test.each([
  [{}, null],
  [{ NO_COLOR: "1" }, false],
  [{ FORCE_COLOR: "1" }, true],
  [{ FORCE_COLOR: "0" }, false],
  [{ FORCE_COLOR: "" }, null],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, false],
])("with %o colours are wanted: %p", (env, wanted) => {
  expect(colorWish(env)).toBe(wanted);
});
