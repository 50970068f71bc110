import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

/**
 * `bun scripts/release.ts v1.2.3 OWNER/REPOSITORY FOLDER`: writes SHA256SUMS and the Homebrew formula beside the archives
 * in the folder. Fails on a tag that is not the manifest's version, and when an archive is missing.
 */
const targets = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"];
const [tag = "", repository = "", folder = ""] = process.argv.slice(2);

if (tag !== `v${manifest.version}`) fail(`The tag is "${tag}", and package.json says ${manifest.version}.`);
if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) fail(`"${repository}" is no OWNER/REPOSITORY.`);
const missing = targets.map(archiveOf).filter((name) => !existsSync(join(folder, name)));
if (missing.length > 0) fail(`Not in ${folder}: ${missing.join(", ")}.`);

const sums = new Map(targets.map((target) => [target, digest(join(folder, archiveOf(target)))]));
const lines = [...sums].map(([target, sum]) => `${sum}  ${archiveOf(target)}\n`);
writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
writeFileSync(join(folder, "cord.rb"), formula());
console.log(`${lines.join("")}formula ${join(folder, "cord.rb")}`);

function archiveOf(target: string): string {
  return `cord-${target}.tar.gz`;
}

function digest(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

/** The template with {{word}} and {{word target}} filled in. */
function formula(): string {
  const template = readFileSync(join(import.meta.dir, "release/cord.rb.template"), "utf8");
  return template.replace(/\{\{(\w+)(?: ([\w-]+))?\}\}/g, (field, word: string, target: string = "") => {
    const value = valueOf(word, target);
    return value ?? fail(`The template has a field that nothing fills: ${field}.`);
  });
}

function valueOf(word: string, target: string): string | undefined {
  switch (word) {
    case "description":
    case "license":
    case "version":
      return manifest[word];
    case "repository":
      return repository;
    case "url":
      return `https://github.com/${repository}/releases/download/${tag}/${archiveOf(target)}`;
    case "sha256":
      return sums.get(target);
    default:
      return undefined;
  }
}

function fail(sentence: string): never {
  console.error(`release: ${sentence}`);
  process.exit(1);
}
