import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tabSettings } from "../../../src/client/project/tab-settings.ts";
import { git, repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

function config(at: string, text: string): void {
  mkdirSync(join(at, ".cord"), { recursive: true });
  writeFileSync(join(at, ".cord/config.toml"), text);
}

test("tabs are woken and told of reserved files unless the config says otherwise", () => {
  const main = repository(join(temporaryDirectory("settings"), "shop"));
  expect(tabSettings(main)).toEqual({ isWoken: true, reservations: "warn" });
  config(main, '[tabs]\nwake = "off"\n');
  expect(tabSettings(main)).toEqual({ isWoken: false, reservations: "warn" });
  config(main, '[tabs]\nreservations = "enforce"\n');
  expect(tabSettings(main)).toEqual({ isWoken: true, reservations: "enforce" });
});

test("the nearest config with a [tabs] counts, also that of the main work tree for a linked one", () => {
  const main = repository(join(temporaryDirectory("settings"), "shop"));
  config(main, '[tabs]\nwake = "off"\n');
  config(join(main, "docs"), 'project = "shop"\n');
  git(main, "worktree", "add", "--quiet", "../shop-1");
  const linked = join(main, "../shop-1");
  expect(tabSettings(join(main, "docs"))).toMatchObject({ isWoken: false });
  expect(tabSettings(linked)).toMatchObject({ isWoken: false });
  config(linked, '[tabs]\nwake = "on"\n');
  expect(tabSettings(linked)).toMatchObject({ isWoken: true });
  expect(tabSettings(join(temporaryDirectory("settings"), "gone"))).toMatchObject({ isWoken: true });
});

test("what is wrong in it is said with the file", () => {
  const main = repository(join(temporaryDirectory("settings"), "shop"));
  for (const [text, said] of [
    ['tabs = "off"', "[tabs] must be a table"],
    ["[tabs]\nwake = false", 'wake in [tabs] must be "on" or "off"'],
    ['[tabs]\nreservations = "on"', '"enforce", "warn", "off"'],
    ["[tabs", "is not TOML"],
  ] as const) {
    config(main, text);
    expect(() => tabSettings(main)).toThrow(said);
    expect(() => tabSettings(main)).toThrow(join(main, ".cord/config.toml"));
  }
});
