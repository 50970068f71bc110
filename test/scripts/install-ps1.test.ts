import { beforeAll, expect, test } from "bun:test";
import type { Node } from "@vscode/tree-sitter-wasm";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filled } from "../../scripts/release/templates.ts";
import { Receipt } from "../../src/cli/upgrade/receipt.ts";
import { targets } from "../../src/core/targets.ts";
import { version } from "../../src/core/version.ts";
import { installScript } from "../support/release/installing.ts";
import { faultsIn, nodesOf, parsed } from "../support/release/syntax.ts";
import { root } from "../support/source.ts";

/** install.ps1 as PowerShell, of which there is none here: its grammar, and that it says what install.sh and cord say. */

const template = readFileSync(join(root, "scripts/release/install.ps1.template"), "utf8");
let script: Node;
beforeAll(async () => {
  script = await parsed("powershell", template);
});

/** The texts in quotation marks. */
function stringsOf(within: Node): string[] {
  return nodesOf(within, "verbatim_string_characters").map(({ text }) => text.slice(1, -1));
}

function functionNamed(name: string): Node {
  const found = nodesOf(script, "function_statement").find((one) => one.text.startsWith(`function ${name}`));
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

test("both scripts are in the grammar of their languages, as they lie here and as they are released", async () => {
  const released = filled({ repository: "someone/cord", sums: new Map() });
  for (const [language, name, text] of [
    ["powershell", "install.ps1", template],
    ["bash", "install.sh", readFileSync(installScript, "utf8")],
  ] as const) {
    expect(faultsIn(await parsed(language, text))).toEqual([]);
    const filledIn = released.get(name) ?? "";
    expect(filledIn).not.toContain("{{releases}}");
    expect(filledIn).toContain("'https://github.com/someone/cord/releases'");
    expect(filledIn).toContain(`'${version}'`);
    expect(faultsIn(await parsed(language, filledIn))).toEqual([]);
  }
});

test("a script for PowerShell that was cut off does nothing: it is functions, and one call at its end", () => {
  const [list] = nodesOf(script, "statement_list");
  const kinds = (list?.namedChildren ?? []).flatMap((child) =>
    child?.type === "comment" ? [] : (child?.type ?? []),
  );
  expect(kinds.length).toBeGreaterThan(15);
  expect(kinds.slice(0, -1).filter((kind) => kind !== "function_statement")).toEqual([]);
  expect(list?.lastNamedChild?.text).toStartWith("try {\n    Invoke-Main");
});

test("the targets that it knows are those of Windows", () => {
  const known = stringsOf(functionNamed("Find-Target")).filter((text) => /^\w+-\w+$/.test(text));
  expect(new Set(known)).toEqual(
    new Set(targets.flatMap(({ os, name }) => (os === "win32" ? [String(name)] : []))),
  );
});

test("its receipt has what cord upgrade reads", () => {
  const keys = nodesOf(functionNamed("Write-Receipt"), "hash_entry").map((entry) =>
    entry.text.split("=")[0]?.trim(),
  );
  expect(keys).toEqual(Object.keys(Receipt.shape));
});

test("what it would not replace or take away, it says as install.sh does", () => {
  const sh = readFileSync(installScript, "utf8");
  for (const sentence of ["is there, and it is another program. Move it away", "is damaged: it names no "]) {
    expect(sh).toContain(sentence);
    expect(template).toContain(sentence);
  }
});

test("each function that it calls is its own, or one that Windows PowerShell 5.1 has", () => {
  const own = nodesOf(script, "function_name").map(({ text }) => text);
  const called = nodesOf(script, "command_name").map(({ text }) => text);
  const others = new Set(called.filter((name) => !own.includes(name) && /^[A-Z]\w+-\w+$/.test(name)));
  expect([...others].toSorted()).toEqual(of51);
  expect(own.filter((name) => !called.includes(name))).toEqual([]);
});

/** Of the modules Microsoft.PowerShell.Core, .Management, .Utility and .Archive, as 5.1 has them. */
const of51 = [
  "Add-Type",
  "ConvertFrom-Json",
  "ConvertTo-Json",
  "Expand-Archive",
  "Get-ChildItem",
  "Get-Content",
  "Get-FileHash",
  "Get-Process",
  "Invoke-WebRequest",
  "Join-Path",
  "Move-Item",
  "New-Item",
  "New-Object",
  "Out-Null",
  "Remove-Item",
  "Select-Object",
  "Set-StrictMode",
  "Split-Path",
  "Start-Sleep",
  "Test-Path",
  "Where-Object",
  "Write-Host",
];
