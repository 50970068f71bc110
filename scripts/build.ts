import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Builds the one file that users get: `bun scripts/build.ts [target] [outfile]`, such as bun-darwin-arm64.
 * Splitting keeps each command's code out of the others' start. What lies in the directory a user stands in
 * (.env, bunfig.toml) must not be read: cord runs in strangers' repositories.
 */
const root = join(import.meta.dir, "..");
const [target, outfile = join(root, "dist/cord")] = process.argv.slice(2);

mkdirSync(join(root, "dist"), { recursive: true });
const result = await Bun.build({
  entrypoints: [join(root, "src/main.ts")],
  splitting: true,
  minify: true,
  sourcemap: "none",
  compile: {
    outfile,
    autoloadDotenv: false,
    autoloadBunfig: false,
    ...(isTarget(target) ? { target } : {}),
  },
});
if (!result.success) {
  for (const message of result.logs) console.error(message);
  process.exit(1);
}
console.log(`built ${outfile} (${Math.round(statSync(outfile).size / 1_048_576)} MiB)`);

function isTarget(name: string | undefined): name is Bun.Build.CompileTarget {
  return name?.startsWith("bun-") ?? false;
}
