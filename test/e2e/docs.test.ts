import { afterAll, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { allPages, pageOf, type Page } from "../support/docs/pages.ts";
import { isRun, scriptOf } from "../support/docs/script.ts";
import { start, type Finished } from "../support/machine/command.ts";
import { startMachine, type Machine } from "../support/machine/machine.ts";

/**
 * What README and docs show is run: each page on a machine of its own, from its first block to its last, with an empty home
 * and the compiled binary on PATH. Why a block is left out stands at its fence; test/docs.test.ts knows the reasons.
 */

const pages = allPages().filter(({ blocks }) => blocks.some(isRun));
const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.kill())));

test.concurrent.each(pages.map((page) => [page.path, page] as const))(
  "the shell blocks of %s run",
  async (_, page) => {
    const { code, err } = await run(page);
    expect(code === 0 ? "" : err).toBe("");
  },
);

test.concurrent("a block that fails is told, by its page and its first line", async () => {
  const text = "```sh\ntrue\n```\n\n```sh\ncord show 404\n```\n\n```sh\ntouch later\n```\n";
  const { code, err } = await run(pageOf("page.md", text));
  expect(code).toBe(1);
  expect(err).toContain("── page.md: cord show 404\ncord show: ");
  expect(err).not.toContain("later");
});

test("blocks are left out where they have to be, and no more than are run", () => {
  const blocks = allPages().flatMap((page) => page.blocks.filter(({ language }) => language === "sh"));
  const left = blocks.filter((block) => !isRun(block));
  console.log(
    `${blocks.length - left.length} blocks of ${pages.length} pages are run, ${left.length} are not`,
  );
  expect(blocks.length - left.length).toBeGreaterThan(left.length);
});

async function run(page: Page): Promise<Finished> {
  const machine = await startMachine();
  machines.push(machine);
  symlinkSync(machine.binary, join(machine.bin, "cord"));
  const env = { ...machine.env, ...author, CORD_REHEARSAL_MS: "20" };
  return await start(["sh", "-e", "-c", scriptOf(page)], { cwd: machine.cwd, env }).ended;
}

/** Git asks for them, and reads nobody's settings here. */
const author = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};
