import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { variableNamed, variables } from "../../src/core/environment.ts";
import { expectGolden } from "../support/golden.ts";
import { allPages } from "../support/docs/pages.ts";
import { root, sourcesIn } from "../support/source.ts";

const rows = Object.keys(variables).flatMap((name) => {
  const variable = variableNamed(name);
  return variable === null ? [] : [{ name, ...variable }];
});

/** The heading over the variables of each owner. */
const headings = new Map<string, string>([
  ["cord", "cord's own"],
  ["run", "set by cord for the agents of a run"],
  ["system", "the system's"],
]);

test("docs/environment.md is the table of the environment", () => {
  const groups = [...Map.groupBy(rows, ({ whose }) => whose)].map(([whose, own]) =>
    [
      `## ${headings.get(whose) ?? `${whose}'s`}`,
      "",
      "| variable | meaning | a daemon that a command starts keeps it |",
      "|---|---|---|",
      ...own.map(
        ({ name, meaning, keptByDaemon }) => `| \`${name}\` | ${meaning} | ${keptByDaemon ? "yes" : ""} |`,
      ),
    ].join("\n"),
  );
  const text = ["# The environment: every variable that cord reads or sets", ...groups].join("\n\n");
  expectGolden(join(root, "docs/environment.md"), `${text}\n`);
});

test("the pages that people write name each variable that a person sets for cord", () => {
  const made = new Set(["docs/environment.md", "docs/commands.md", "CHANGELOG.md"]);
  const pages = allPages().filter(({ path }) => !made.has(path));
  const text = pages.map((page) => page.text).join("\n");
  const own = rows.filter(({ whose }) => whose === "cord").map(({ name }) => name);
  expect(own.filter((name) => !text.includes(name))).toEqual([]);
});

test("no other variable of cord's is named anywhere", () => {
  const named = sourcesIn("src")
    .flatMap(({ texts, code }) => [...texts, code])
    .join("\n")
    .match(/\bCORD_[A-Z_]+\b/g);
  expect([...new Set(named)].filter((name) => variableNamed(name) === null)).toEqual([]);
});

test("each variable of the table is used, or kept for a daemon", () => {
  const sources = sourcesIn("src").filter(({ path }) => path !== "src/core/environment.ts");
  // what installs cord is no part of the program, and reads some too
  const installing = ["install.sh.template", "install.ps1.template"].map((name) =>
    readFileSync(join(root, "scripts/release", name), "utf8"),
  );
  const said = [...sources.flatMap(({ code, texts }) => [code, ...texts]), ...installing].join("\n");
  const unused = rows.filter(
    ({ name, keptByDaemon }) => !keptByDaemon && !new RegExp(`\\b${name}\\b`).test(said),
  );
  expect(unused.map(({ name }) => name)).toEqual([]);
});
