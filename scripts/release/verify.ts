import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../steps.ts";

interface Verified {
  /** with the SHA256SUMS of a release, built here or downloaded */
  readonly folder: string;
  /** the rest of the command line of its build */
  readonly flags: readonly string[];
}

/**
 * Builds the commit that is checked out once more, in a clone in another folder, in another time zone, and with nothing in
 * the home directory. Returns the files of the release that differ from it, by name. Throws when nothing can be compared.
 */
export async function differences({ folder, flags }: Verified): Promise<string[]> {
  const sums = join(folder, "SHA256SUMS");
  if (!existsSync(sums))
    throw new Error(`${folder} has no SHA256SUMS. Build the release first, or download it there.`);
  const scratch = mkdtempSync(join(tmpdir(), "cord-verify-"));
  const clone = join(scratch, "cord");
  try {
    await ran(["git", "clone", "--quiet", root, clone], root);
    await ran([process.execPath, "install", "--frozen-lockfile", "--silent"], clone);
    // looked at and not compiled: what the runtimes are is said by their lock file
    symlinkSync(join(root, "scripts/release/node_modules"), join(clone, "scripts/release/node_modules"));
    const out = join(scratch, "release");
    await ran([process.execPath, "scripts/release.ts", "build", ...flags, "--out", out], clone, {
      HOME: join(scratch, "home"),
      TZ: "Pacific/Apia",
      LC_ALL: "C",
    });
    return differing(readFileSync(sums, "utf8"), readFileSync(join(out, "SHA256SUMS"), "utf8"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The files whose lines are not in both. */
export function differing(one: string, other: string): string[] {
  const [lines, others] = [linesOf(one), linesOf(other)];
  const either = [...lines.symmetricDifference(others)];
  return [...new Set(either.map((line) => line.replace(/^\S+\s+/, "")))];
}

function linesOf(text: string): Set<string> {
  return new Set(text.trimEnd().split("\n"));
}

async function ran(argv: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  const child = Bun.spawn(argv, {
    cwd,
    env: { ...process.env, BUN_INSTALL_CACHE_DIR: join(root, "node_modules/.cache"), ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await child.exited;
  if (code !== 0) throw new Error(`"${argv.join(" ")}" ended with ${code} in ${cwd}; see above.`);
}
