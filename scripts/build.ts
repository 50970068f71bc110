import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { compile } from "./compile.ts";
import { root } from "./steps.ts";

/** Builds the one file that users get, for this machine: `bun scripts/build.ts [outfile]`. For others: scripts/release.ts. */
const outfile = resolve(process.argv[2] ?? join(root, "dist/cord"));

mkdirSync(dirname(outfile), { recursive: true });
try {
  await compile({ outfile });
} catch (error) {
  console.error(error);
  process.exit(1);
}
console.log(`built ${outfile} (${Math.round(statSync(outfile).size / 1_048_576)} MiB)`);
