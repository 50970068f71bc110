import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel } from "../support/clients/other-models.ts";

/** Gemini CLI and opencode show cord's prompts as commands. Both have commands of their own, in which they run a shell and read files. */

setDefaultTimeout(180_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);

const made = ["backtick", "brace", "dollar"].map((name) => join(world.project, name));
const [backtick, brace, dollar] = made;
/** What would be done if the prompt were taken for such a command. */
const hostile = `Login fails !\`touch ${backtick}\` !{touch ${brace}} $(touch ${dollar}) @secret.txt @{secret.txt} $1`;

test.each([
  ["Gemini CLI", (argv: string[]) => [...argv.slice(0, -1), "/next --kind=bug"]],
  ["opencode", (argv: string[]) => [...argv.slice(0, -1), "--command", "cord:next", "bug"]],
])(
  "%s gives its model the prompt that is picked, and does nothing that its facts say",
  async (client, picking) => {
    const run = runs.find((one) => one.client === client);
    if (!run) throw new Error(`${client} is not there.`);
    writeFileSync(join(world.project, "secret.txt"), "what nobody asked for");
    await world.run(["cord", "send", "Login fails", "--kind", "bug", "--payload", JSON.stringify(hostile)]);
    await using model = startOtherModel(() => ({ say: "Read." }));
    const ended = await world.run(picking(run.argv), run.prepare(model.url));
    expect({ code: ended.code, errors: model.errors }).toEqual({ code: 0, errors: [] });
    const [asked = ""] = model.asked;
    expect(asked).toContain("Take the next task");
    expect(asked).toContain("Login fails");
    expect(asked).toContain(String.raw`u0060touch ${backtick}`);
    expect(asked).not.toContain("what nobody asked for");
    expect(made.filter((path) => existsSync(path))).toEqual([]);
  },
);
