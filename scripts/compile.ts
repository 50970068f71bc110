import { join } from "node:path";
import { root } from "./steps.ts";

interface Compiled {
  /** absolute; its last word gets into the binary, so a release calls it the same everywhere */
  readonly outfile: string;
  /** another kind of machine than this one, with the runtime for it */
  readonly cross?: { readonly target: Bun.Build.CompileTarget; readonly runtime: string };
}

/**
 * Compiles cord to one file. Splitting keeps each command's code out of the others' start. What lies in the directory a
 * user stands in (.env, bunfig.toml) must not be read: cord runs in strangers' repositories. Throws what Bun has against
 * the sources.
 */
export async function compile({ outfile, cross }: Compiled): Promise<void> {
  // Bun names modules by where they are from the current directory: from another one the same sources get other bytes
  process.chdir(root);
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    splitting: true,
    minify: true,
    sourcemap: "none",
    compile: {
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      // without a runtime of its own Bun would fetch one by itself, unchecked, into its cache in the home directory
      ...(cross === undefined ? {} : { target: cross.target, executablePath: cross.runtime }),
    },
  });
}
