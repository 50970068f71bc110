import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allPages } from "./support/docs/pages.ts";
import { commands } from "../src/cli/commands.ts";

/**
 * Commands that are printed are pasted into a shell, where a # begins a comment: `cord answer #7 yes` is `cord answer`. Held for
 * every hint in the sources, in the help texts and in the pages.
 */

const root = join(import.meta.dir, "..");
const names = [...commands.keys()].join("|");

/** What stands behind a command's name, to the end of its quotes or its line. */
const command = new RegExp(`\\bcord (?:${names})\\b[^"\`\\n]*`, "g");
/** What is written with a sign: a number, a node's name as the tree writes it, a placeholder. */
const signed = /#(?:\d|\$|[A-Za-z])|nodeName\(|node_id\b/;

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));
}

test("no command in a hint holds a number with a sign, which a shell takes for a comment", () => {
  const files = [
    ...allPages().map(({ path }) => path),
    ...filesIn("src", /\.ts$/),
    ...filesIn("test/golden/surface", /\.(?:txt|json)$/),
  ];
  const found = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(command)]
      .filter(([hint]) => signed.test(hint))
      .map(([hint]) => `${file}: ${hint}`),
  );
  expect(found).toEqual([]);
});

test.each([
  "cord answer #7 yes",
  "cord stop ${nodeName(row.number)}",
  "cord tell #${number} TEXT",
  "cord show #N",
])("%s would be found", (hint) => {
  const [match = ""] = hint.match(command) ?? [];
  expect(match).toMatch(signed);
});
