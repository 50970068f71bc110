import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.ts";

interface Compiled {
  /** absolute; its last word gets into the binary, so a release calls it the same everywhere */
  readonly outfile: string;
  /** another kind of machine than this one, with the runtime for it */
  readonly cross?: { readonly target: Bun.Build.CompileTarget; readonly runtime: string };
  /** another one than package.json's, for tests of an update */
  readonly version?: string;
}

/**
 * Compiles cord to one file. Splitting keeps each command's code out of the others' start. What lies in the directory a
 * user stands in (.env, bunfig.toml) must not be read: cord runs in strangers' repositories. Throws what Bun has against
 * the sources.
 */
export async function compile({ outfile, cross, version }: Compiled): Promise<void> {
  // Bun names modules by where they are from the current directory: from another one the same sources get other bytes
  process.chdir(root);
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    splitting: true,
    minify: true,
    sourcemap: "none",
    plugins: version === undefined ? [] : [stampedWith(version)],
    compile: {
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      // without a runtime of its own Bun would fetch one by itself, unchecked, into its cache in the home directory
      ...(cross === undefined ? {} : { target: cross.target, executablePath: cross.runtime }),
    },
  });
}

/** The manifest says another version, to all that reads it: src/core/version.ts does. */
function stampedWith(version: string): Bun.BunPlugin {
  const manifest = join(root, "package.json");
  return {
    name: "version",
    setup(build) {
      build.onLoad({ filter: /package\.json$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        const own = /"version": "[^"]*"/;
        return {
          loader: "json",
          contents: path === manifest ? text.replace(own, `"version": "${version}"`) : text,
        };
      });
    },
  };
}
