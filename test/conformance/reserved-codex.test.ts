import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codexModels, codexTab, codexWorld } from "../support/clients/codex-tab.ts";
import type { OtherTurn } from "../support/clients/other-models.ts";
import type { TabWorld } from "../support/clients/tab-world.ts";
import { sendPrompt, type Pane } from "../support/terminal/pane.ts";

/** What the real Codex may edit while another agent holds files, by its patches and by those that it has a shell apply. */

setDefaultTimeout(180_000);

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of disposables.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const forms = ["direct", "code"] as const;
type Form = (typeof forms)[number];
const ways = ["patch", "shell"] as const;
type Way = (typeof ways)[number];

describe.each(forms)("Codex, whose model calls tools in the form %s,", (form) => {
  test("may not edit what another agent has reserved where the project says so, is told why and by whom, and may once it is free", async () => {
    const { world, add } = await opened(form, "enforce");
    await reserve(world, "src", "--why", "the new schema");
    for (const way of ways) {
      const { path, told } = await untilTold(add, `src/${way}`, way);
      expect(told).toContain(`${path} is reserved by bob until `);
      expect(told).toContain("the new schema");
      expect(existsSync(join(world.project, path))).toBe(false);
    }
    await add("docs/free.txt", "patch");
    expect(existsSync(join(world.project, "docs/free.txt"))).toBe(true);

    await world.run(["cord", "unreserve", "--all", "--as", "bob"]);
    for (const way of ways) {
      await add(`src/${way}-later.txt`, way);
      expect(existsSync(join(world.project, `src/${way}-later.txt`))).toBe(true);
    }
    expect(world.model.errors).toEqual([]);
  });

  test("may edit it where the project does not say so, and its model is told whose it is", async () => {
    const { world, add } = await opened(form, "warn");
    await reserve(world, "src");
    const isTold = () => /src\/\d+\.txt is reserved by bob until /.test(world.model.asked.join());
    for (let count = 0; count < attempts && !isTold(); count += 1) {
      await add(`src/${count}.txt`, "patch");
      expect(existsSync(join(world.project, `src/${count}.txt`))).toBe(true);
    }
    expect(isTold()).toBe(true);
  });
});

const attempts = 10;

/** On a busy machine a hook may be late, and says nothing then: so the first edit of which something is said. */
async function untilTold(
  add: Opened["add"],
  folder: string,
  way: Way,
): Promise<{ path: string; told: string }> {
  for (let count = 0; count < attempts; count += 1) {
    const path = `${folder}/${count}.txt`;
    const told = await add(path, way);
    if (told.includes("reserved by")) return { path, told };
  }
  throw new Error("Nothing was said of an edit.");
}

interface Opened {
  world: TabWorld;
  /** Has Codex add a file, and gives what its model is told of that. */
  add(path: string, way: Way): Promise<string>;
}

async function opened(form: Form, mode: string): Promise<Opened> {
  const told = new Map<string, PromiseWithResolvers<string>>();
  const world = await codexWorld((_, { prompt, results }) => {
    const [, path = "", way] = /Add the file (\S+) by (\w+)/.exec(prompt) ?? [];
    const [result] = results;
    if (result === undefined) return way === "shell" ? byShell(path) : byPatch(path);
    told.get(path)?.resolve(result);
    return { say: `That was ${path}.` };
  }, codexModels[form]);
  disposables.push(world);
  mkdirSync(join(world.project, ".cord"), { recursive: true });
  writeFileSync(join(world.project, ".cord/config.toml"), `[tabs]\nreservations = "${mode}"\n`);
  const pane: Pane = await codexTab(world);
  disposables.push(pane);
  return {
    world,
    async add(path, way) {
      const result = Promise.withResolvers<string>();
      told.set(path, result);
      await sendPrompt(pane, `Add the file ${path} by ${way}`);
      await pane.shows(`That was ${path}.`);
      return result.promise;
    },
  };
}

function patchOf(path: string): string {
  return `*** Begin Patch\n*** Add File: ${path}\n+written\n*** End Patch`;
}

function byPatch(path: string): OtherTurn {
  return { call: "apply_patch", args: patchOf(path), isClients: true };
}

function byShell(path: string): OtherTurn {
  const cmd = `apply_patch <<'EOF'\n${patchOf(path)}\nEOF\n`;
  return { call: "exec_command", args: { cmd }, isClients: true };
}

async function reserve(world: TabWorld, ...words: string[]): Promise<void> {
  const { code, err } = await world.run(["cord", "reserve", ...words, "--as", "bob"]);
  if (code !== 0) throw new Error(err);
}
