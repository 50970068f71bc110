import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyInit, applyRemove } from "../../../src/cli/init/apply.ts";
import { readRecord } from "../../../src/cli/init/record.ts";
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

test("a hook that was to be put aside stays where no file can be written, as on a full disk", async () => {
  const program = "#!/usr/bin/env python3\n";
  const { root, file } = repository(program);
  const guard = join(import.meta.dir, "../../../src/cli/init/guard/guard.ts");
  const act = `(await (await import(${JSON.stringify(guard)})).planGuard(${JSON.stringify(root)})).act()`;
  const full = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$0" "$@"'];
  const child = Bun.spawn([...full, process.execPath, "-e", act], { stdio: ["ignore", "ignore", "pipe"] });
  const [said] = await Promise.all([child.stderr.text(), child.exited]);
  expect(said).toContain("EFBIG");
  expect(
    readdirSync(dirname(file)).filter((name) => name.startsWith("pre-commit") && !name.endsWith(".sample")),
  ).toEqual(["pre-commit"]);
  expect(readFileSync(file, "utf8")).toBe(program);
});

test("the guard is known to have been asked for until all is taken out, and not only one client", async () => {
  const { root } = repository();
  applyInit(root, [await planGuard(root)], ["claude", "codex"]);
  applyRemove(root, [], ["codex"]);
  expect(readRecord(root)).toMatchObject({ guard: true, clients: ["claude"] });
  applyRemove(root, [], []);
  expect(readRecord(root)).toBeUndefined();
});
