import { beforeAll, describe, expect, test } from "bun:test";
import type { Node } from "@vscode/tree-sitter-wasm";
import { archiveOf } from "../../scripts/release/archive.ts";
import { entriesOf, textsOfArchives } from "../../scripts/release/contents.ts";
import { filled } from "../../scripts/release/templates.ts";
import { targets } from "../../src/core/targets.ts";
import { version } from "../../src/core/version.ts";
import { faultsIn, nodesOf, parsed } from "../support/release/syntax.ts";

/** Homebrew's formula, as Ruby: no Ruby is needed. It is held against archives that are built as those of a release are. */

let formula: Node;
const sums = new Map<string, string>();
let names: string[];

beforeAll(async () => {
  const texts = await textsOfArchives();
  names = [...texts.keys(), "cord"];
  for (const target of targets) {
    const entries = entriesOf(target, new TextEncoder().encode(target.name), texts);
    const bytes = await archiveOf(entries, target.os === "win32" ? "zip" : "tar.gz");
    sums.set(target.archive, new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
  }
  formula = await parsed("ruby", filled({ repository: "someone/cord", sums }).get("cord.rb") ?? "");
});

/** Calls without a receiver, such as `url "…"`. */
function callsOf(name: string, within: Node = formula): Node[] {
  return nodesOf(within, "call").filter((call) => call.childForFieldName("method")?.text === name);
}

/** The one word or string that a call is given. */
function argumentOf(call: Node | undefined): string {
  return (call?.childForFieldName("arguments")?.text ?? "").replace(/^"(.*)"$/, "$1");
}

/** In which `on_…` blocks it stands, the outermost first. */
function systemsOf(node: Node | null): string[] {
  if (node === null) return [];
  const method = node.type === "call" ? (node.childForFieldName("method")?.text ?? "") : "";
  return [...systemsOf(node.parent), ...(method.startsWith("on_") ? [method] : [])];
}

test("the formula is Ruby", () => {
  expect(formula.type).toBe("program");
  expect(faultsIn(formula)).toEqual([]);
});

describe("of each system and processor the formula", () => {
  const places: [string, string][] = [
    ["on_macos on_arm", "darwin-arm64"],
    ["on_macos on_intel", "darwin-x64"],
    ["on_linux on_arm", "linux-arm64"],
    ["on_linux on_intel", "linux-x64"],
  ];

  test("has the archive's address, and the sum of what was built", () => {
    const found = callsOf("url")
      .filter((call) => systemsOf(call).length > 0)
      .map((call) => [
        systemsOf(call).join(" "),
        argumentOf(call),
        argumentOf(callsOf("sha256", call.parent ?? call)[0]),
      ]);
    const base = `https://github.com/someone/cord/releases/download/v${version}`;
    const expected = places.map(([place, target]) => {
      const archive = `cord-${target}.tar.gz`;
      return [place, `${base}/${archive}`, sums.get(archive) ?? ""];
    });
    expect(found).toEqual(expected);
  });
});

test("it installs what is in each archive: the program, the completions and the man page", () => {
  const install = nodesOf(formula, "method").find(
    (method) => method.childForFieldName("name")?.text === "install",
  );
  const installed = nodesOf(install ?? formula, "string_content").map(({ text }) => text);
  const wanted = names.filter((name) => /^(?:cord$|completions\/|man\/)/.test(name));
  expect(wanted.length).toBe(5);
  expect(installed).toEqual(expect.arrayContaining(wanted));
  for (const file of installed.filter((name) => name.includes("/"))) expect(names).toContain(file);
});

/** Source: Library/Homebrew/rubocops/shared/desc_helper.rb and ast_constants.rb of Homebrew/brew. */
test("it keeps to the rules that Homebrew's style check has for descriptions and the order of parts", () => {
  const description = argumentOf(callsOf("desc")[0]);
  expect(description.length).toBeLessThanOrEqual(80);
  expect(description).toMatch(/^[A-Z]/);
  expect(description).not.toMatch(/^(?:the|an?|cord)\b|\.$|command ?line/i);
  const order = [
    "desc",
    "homepage",
    "version",
    "license",
    "livecheck",
    "on_macos",
    "on_linux",
    "service",
    "test",
  ];
  const body = formula.namedChildren[0]?.childForFieldName("body")?.namedChildren ?? [];
  const parts = body.flatMap((part) => part?.childForFieldName("method")?.text ?? []);
  expect(parts).toEqual(order);
});

test("its service is the daemon, and its test is one of tasks and of a run, and ends what it has started", () => {
  const [service] = callsOf("service");
  expect(argumentOf(callsOf("run", service)[0])).toBe('[opt_bin/"cord", "serve"]');
  const [block] = callsOf("test");
  const text = block?.text ?? "";
  for (const command of ["send", "claim", "complete", "wait", "run plan.md --rehearse"])
    expect(text).toContain(command);
  expect(nodesOf(block ?? formula, "ensure")[0]?.text).toContain('"daemon", "stop"');
});
