import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyInit, applyRemove } from "../../../src/cli/init/apply.ts";
import { planGuard, planUnguard } from "../../../src/cli/init/guard/guard.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const before = "#!/bin/sh\necho before\n";
const meanwhile = "#!/bin/sh\necho meanwhile\n";

function repository(hook?: string): { root: string; file: string } {
  const root = temporaryDirectory("repository");
  Bun.spawnSync(["git", "init", "--quiet", root]);
  const file = join(root, ".git", "hooks", "pre-commit");
  mkdirSync(dirname(file), { recursive: true });
  if (hook !== undefined) writeFileSync(file, hook, { mode: 0o755 });
  return { root, file };
}

test.each([undefined, before, "#!/usr/bin/env python3\n"])(
  "a hook that was written while a person looked at the plan for %p stays",
  async (hook) => {
    const { root, file } = repository(hook);
    const planned = await planGuard(root);
    writeFileSync(file, meanwhile, { mode: 0o755 });
    expect(applyInit(root, [planned], [])).toMatchObject([{ status: "refused" }]);
    expect(readFileSync(file, "utf8")).toBe(meanwhile);
  },
);

test("cord's lines are not taken out of a hook that was written meanwhile", async () => {
  const { root, file } = repository();
  applyInit(root, [await planGuard(root)], []);
  const planned = await planUnguard(root);
  writeFileSync(file, meanwhile);
  if (planned === null) throw new Error("There is a hook.");
  expect(applyRemove(root, [planned], [])).toMatchObject([{ status: "refused" }]);
  expect(readFileSync(file, "utf8")).toBe(meanwhile);
});
