import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../src/core/error.ts";
import { targetNamed, targets, type Target } from "../src/core/targets.ts";
import { version } from "../src/core/version.ts";
import { buildRelease, replaceProgram } from "./release/build.ts";
import { differences } from "./release/verify.ts";
import { root } from "./steps.ts";

/** What makes a release: `bun scripts/release.ts build --repository OWNER/REPO`. */
const program = new Command("release.ts")
  .description("Builds all that a release of cord consists of, on this one machine.")
  .showHelpAfterError("(--help shows the flags)");

program
  .command("build")
  .description("Build the archives of all targets, their sums, and what else a release has.")
  .requiredOption("--repository <owner/repo>", "where on GitHub the release will lie", repositoryNamed)
  .option("--out <folder>", "where they get", (path) => resolve(path), join(root, "dist/release"))
  .option(
    "--targets <names>",
    `only some, with commas: ${targets.map(({ name }) => name).join(", ")}`,
    targetsNamed,
    targets,
  )
  .option("--tag <tag>", "refuse another than this version's, as v1.2.3", tagOfVersion)
  .addHelpText(
    "after",
    `
Examples:
  $ bun scripts/release.ts build --repository OWNER/REPO
  $ bun scripts/release.ts build --repository OWNER/REPO --targets linux-x64 --out /tmp/release`,
  )
  .action(async ({ repository, out, targets }) => {
    await buildRelease({ repository, folder: out, targets, tell: (line) => console.log(line) });
    console.log(`cord ${version} is in ${out}`);
  });

program
  .command("replace")
  .description("Put a program that was signed elsewhere into the archive of its target.")
  .argument("<target>", "as darwin-arm64", (name) => targetsNamed(name))
  .argument("<program>", "the signed file", (path) => resolve(path))
  .requiredOption("--repository <owner/repo>", "where on GitHub the release will lie", repositoryNamed)
  .option("--out <folder>", "where it is", (path) => resolve(path), join(root, "dist/release"))
  .addHelpText(
    "after",
    `
Example:
  $ bun scripts/release.ts replace darwin-arm64 signed/cord --repository OWNER/REPO`,
  )
  .action(async (replaced, path, { repository, out }) => {
    for (const target of replaced)
      await replaceProgram(target, readFileSync(path), { repository, folder: out, tell: console.log });
  });

program
  .command("verify")
  .description("Build this commit again elsewhere, and compare it with a release, byte by byte.")
  .requiredOption("--repository <owner/repo>", "where on GitHub the release lies", repositoryNamed)
  .option("--out <folder>", "where it is", (path) => resolve(path), join(root, "dist/release"))
  .option("--targets <names>", "as it was built", targetsNamed, targets)
  .addHelpText(
    "after",
    `
Example:
  $ bun scripts/release.ts verify --repository OWNER/REPO --out ~/Downloads/release`,
  )
  .action(async ({ repository, out, targets }) => {
    const names = targets.map(({ name }) => name).join(",");
    const flags = ["--repository", repository, "--targets", names];
    const files = await differences({ folder: out, flags });
    if (files.length > 0) throw new Error(`This commit makes other bytes of ${files.join(", ")}.`);
    console.log(`This commit makes what is in ${out}, byte by byte.`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`release: ${messageOf(error)}`);
  process.exit(1);
}

function repositoryNamed(given: string): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(given)) throw new InvalidArgumentError("Say it as OWNER/REPO.");
  return given;
}

function targetsNamed(given: string): readonly Target[] {
  const found = given.split(",").map((name) => {
    const target = targetNamed(name.trim());
    if (target === undefined)
      throw new InvalidArgumentError(
        `There is no target "${name}". Use some of: ${targets.map(({ name }) => name).join(", ")}.`,
      );
    return target;
  });
  return [...new Set(found)];
}

function tagOfVersion(given: string): string {
  if (given !== `v${version}`)
    throw new InvalidArgumentError(
      `package.json says ${version}: tag v${version}, or raise the version first.`,
    );
  return given;
}
