import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { targetNamed } from "../../src/core/targets.ts";

interface Filling {
  /** OWNER/REPOSITORY */
  readonly repository: string;
  /** SHA-256 of each archive, by its file name */
  readonly sums: ReadonlyMap<string, string>;
}

const folder = import.meta.dir;
const suffix = ".template";

/**
 * The files of a release that are made from NAME.template in this folder, by their names, with {{word}} and {{word target}}
 * filled in. What names an archive that was not built is left out: the release is of some targets only, and cannot be
 * published. Throws at a field that nothing fills.
 */
export function filled(filling: Filling): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix));
  const texts = names.toSorted().map((name) => {
    const template = readFileSync(join(folder, name), "utf8");
    return [name.slice(0, -suffix.length), template, targetsIn(template)] as const;
  });
  return new Map(
    texts
      .filter(([, , needed]) => needed.every((archive) => filling.sums.has(archive)))
      .map(([name, template]) => [name, fill(name, template, filling)]),
  );
}

const field = /\{\{(\w+)(?: ([\w-]+))?\}\}/g;

function targetsIn(template: string): string[] {
  return [...template.matchAll(field)].flatMap(([, , target = ""]) => targetNamed(target)?.archive ?? []);
}

function fill(name: string, template: string, filling: Filling): string {
  return template.replace(field, (found, word: string, target: string = "") => {
    const value = valueOf(word, target, filling);
    if (value === undefined)
      throw new Error(`scripts/release/${name}${suffix} has a field that nothing fills: ${found}.`);
    return value;
  });
}

function valueOf(word: string, target: string, { repository, sums }: Filling): string | undefined {
  const archive = targetNamed(target)?.archive;
  switch (word) {
    case "description":
    case "license":
    case "version":
      return manifest[word];
    case "repository":
      return repository;
    case "releases":
      return releasesOf(repository);
    case "url":
      return archive && `${releasesOf(repository)}/download/v${manifest.version}/${archive}`;
    case "sha256":
      return archive && sums.get(archive);
    default:
      return undefined;
  }
}

function releasesOf(repository: string): string {
  return `https://github.com/${repository}/releases`;
}
