import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bashScript } from "../../src/cli/completions/bash.ts";
import { fishScript } from "../../src/cli/completions/fish.ts";
import { wordsOfCommands } from "../../src/cli/completions/words.ts";
import { zshScript } from "../../src/cli/completions/zsh.ts";
import { commands } from "../../src/cli/commands.ts";
import type { Target } from "../../src/core/targets.ts";
import { version } from "../../src/core/version.ts";
import { programFacts } from "../docs/commands.ts";
import { manPage } from "../docs/man.ts";
import { root } from "../steps.ts";
import type { Entry } from "./archive.ts";

/** What every archive has beside the program, by its path in the archive's folder. */
export async function textsOfArchives(): Promise<ReadonlyMap<string, string>> {
  const words = await wordsOfCommands(commands);
  return new Map([
    ["LICENSE", read("LICENSE")],
    ["README.md", read("README.md")],
    ["completions/cord.bash", `${bashScript(words)}\n`],
    ["completions/_cord", `${zshScript(words)}\n`],
    ["completions/cord.fish", `${fishScript(words)}\n`],
    ["man/cord.1", manPage(await programFacts())],
  ]);
}

function read(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

/** An archive's one folder, so that who unpacks it anywhere gets nothing beside it. */
export function entriesOf(target: Target, program: Uint8Array, texts: ReadonlyMap<string, string>): Entry[] {
  const folder = `cord-${version}-${target.name}`;
  return [
    { path: `${folder}/${target.program}`, bytes: program, isProgram: true },
    ...[...texts].map(([name, text]) => ({
      path: `${folder}/${name}`,
      bytes: new TextEncoder().encode(text),
      isProgram: false,
    })),
  ];
}
