import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import { start } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const root = join(import.meta.dir, "../..");
const targets = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"];
const workflow = (name: string) => readFileSync(join(root, ".github/workflows", name), "utf8");

function release(tag: string, folder: string) {
  const argv = [process.execPath, join(root, "scripts/release.ts"), tag, "someone/cord", folder];
  return start(argv, { cwd: folder, env: {} }).ended;
}

test("a release has sums that fit its archives, and a formula that names them", async () => {
  const folder = temporaryDirectory("release");
  for (const target of targets) writeFileSync(join(folder, `cord-${target}.tar.gz`), `archive for ${target}`);
  const { code, err } = await release(`v${manifest.version}`, folder);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8");
  const formula = readFileSync(join(folder, "cord.rb"), "utf8");
  expect(formula).not.toContain("{{");
  for (const target of targets) {
    const sum = new Bun.CryptoHasher("sha256").update(`archive for ${target}`).digest("hex");
    const url = `https://github.com/someone/cord/releases/download/v${manifest.version}/cord-${target}.tar.gz`;
    expect(sums).toContain(`${sum}  cord-${target}.tar.gz\n`);
    expect(formula).toContain(`url "${url}"\n      sha256 "${sum}"\n`);
  }
});

test("a tag that is not this version, or a target that was not built, is refused", async () => {
  const folder = temporaryDirectory("release");
  expect(await release("v0.0.0", folder)).toMatchObject({ code: 1, err: expect.stringContaining("v0.0.0") });
  expect(await release(`v${manifest.version}`, folder)).toMatchObject({
    code: 1,
    err: expect.stringContaining("cord-linux-x64.tar.gz"),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("the release builds the targets that the script asks for, with the Bun that the project pins", () => {
  const { build } = parse(workflow("release.yml")).jobs;
  const built = build.strategy.matrix.include.map(({ target }: { target: string }) => target);
  expect(built.toSorted()).toEqual(targets);
  const named = workflow("release.yml").match(/\bbun@[\d.]+/g) ?? [];
  expect(new Set(named)).toEqual(new Set([manifest.packageManager]));
});

test("CI runs what a person runs on a clean clone, on Linux and on macOS", () => {
  const { check } = parse(workflow("ci.yml")).jobs;
  expect(check.strategy.matrix.os).toEqual(["ubuntu-latest", "macos-latest"]);
  expect(check.steps.at(-1)).toEqual({ run: ".ci/run" });
});
