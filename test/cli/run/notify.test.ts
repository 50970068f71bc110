import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPage } from "../../support/docs/pages.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

/** The examples of docs/notify.md do what they say, whatever an agent has written. */

const examples = readPage("docs/notify.md")
  .blocks.filter(({ language }) => language === "sh")
  .map((block) => block.text);

/** Programs that only write down how they were called: each its arguments, a line each, and its input. */
function recorders(folder: string, ...names: string[]): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of names) {
    const program = join(bin, name);
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' ${name} "$@" >> '${folder}/called'\n`);
    chmodSync(program, 0o755);
  }
  return bin;
}

const text = `#4 asks: "Which?" $(touch hostile) \`touch hostile\` '; touch hostile`;

test("there are some for a desktop, ntfy, Slack and Telegram", () => {
  const all = examples.join("\n");
  for (const name of ["notify-send", "ntfy.sh", "SLACK_WEBHOOK", "api.telegram.org"])
    expect(all).toContain(name);
});

test.each(examples)("%s", async (example) => {
  const folder = temporaryDirectory("notify");
  const bin = recorders(folder, "notify-send", "curl", "jq", "zenity", "cord");
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    CORD_EVENT: "asked",
    CORD_RUN: "01a2184b-258f",
    CORD_NODE: "#4",
    CORD_TEXT: text,
  };
  const child = Bun.spawn(["sh", "-c", example], { cwd: folder, env, stdin: "ignore", stderr: "pipe" });
  expect({ code: await child.exited, said: await new Response(child.stderr).text() }).toEqual({
    code: 0,
    said: "",
  });
  expect(existsSync(join(folder, "hostile"))).toBe(false);
  const called = readFileSync(join(folder, "called"), "utf8");
  if (!example.startsWith("jq")) expect(called).toContain(text);
});
