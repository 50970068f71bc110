import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { compile } from "./compile.ts";
import { programName, root } from "./steps.ts";

/**
 * Builds the one file that users get, for this machine: `bun scripts/build.ts [outfile] [version]`. For others: scripts/release.ts.
 * Another version than package.json's is for tests of an update.
 */
const [given = join(root, "dist", programName), version] = process.argv.slice(2);
const outfile = resolve(given);

mkdirSync(dirname(outfile), { recursive: true });
try {
  await compile({ outfile, ...(version === undefined ? {} : { version }) });
} catch (error) {
  console.error(error);
  process.exit(1);
}
console.log(`built ${outfile} (${Math.round(statSync(outfile).size / 1_048_576)} MiB)`);
