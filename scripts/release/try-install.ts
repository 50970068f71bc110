import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { version } from "../../src/core/version.ts";
import { root } from "../steps.ts";

/**
 * Installs a release that lies in a folder, as a new user of Linux or macOS does: `bun scripts/release/try-install.ts
 * [FOLDER]`, after `bun scripts/release.ts build`. Its own install.sh loads it from a server on loopback that answers as
 * GitHub does, into an empty home; started.sh tries what was installed; cord upgrade looks for a newer one, and the same script takes
 * it away. Then Ruby, if there is one, runs the formula's installation and test. Not in the test command: it takes a
 * minute, and a release.
 */
const folder = resolve(root, process.argv[2] ?? "dist/release");
const scratch = mkdtempSync(join(tmpdir(), "cord-installation-"));
const home = join(scratch, "home");
mkdirSync(home);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch({ url }) {
    const { pathname } = new URL(url);
    const place = /^\/releases\/(?:latest\/download|download\/v([^/]+))\/[\w.-]+$/.exec(pathname);
    if (place === null || (place[1] ?? version) !== version)
      return new Response("Not Found", { status: 404 });
    return new Response(Bun.file(join(folder, basename(pathname))));
  },
});
const env = {
  HOME: home,
  PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
  SHELL: "/bin/bash",
  CORD_RELEASES: `http://127.0.0.1:${server.port}/releases`,
};

try {
  await runs("sh", join(folder, "install.sh"));
  const cord = join(home, ".local/bin/cord");
  await runs("sh", join(import.meta.dir, "started.sh"), cord, version);
  await runs(cord, "upgrade", "--check");
  await runs("sh", join(folder, "install.sh"), "--uninstall");
  await tryFormula();
  console.log("\nAll of it works.");
} finally {
  await server.stop(true);
  rmSync(scratch, { recursive: true, force: true });
}

/** With what is in the archive for Linux on x64, whose sum has to be the formula's. */
async function tryFormula(): Promise<void> {
  const formula = join(folder, "cord.rb");
  const archive = join(folder, "cord-linux-x64.tar.gz");
  if (Bun.which("ruby") === null || process.platform !== "linux" || process.arch !== "x64")
    return console.log("\nThe formula was not tried: that takes Ruby, and Linux on x64.");
  if (!(await Bun.file(formula).exists()))
    return console.log("\nThere is no formula: it is made of a release of all targets.");
  const sum = new Bun.CryptoHasher("sha256").update(readFileSync(archive)).digest("hex");
  if (!readFileSync(formula, "utf8").includes(`sha256 "${sum}"`))
    throw new Error(`${formula} has another sum of ${archive} than ${sum}.`);
  await runs("tar", "-xzf", archive, "-C", scratch);
  const unpacked = join(scratch, `cord-${version}-linux-x64`);
  await runs("ruby", join(import.meta.dir, "trial/formula.rb"), formula, unpacked);
}

async function runs(...argv: string[]): Promise<void> {
  console.log(`\n$ ${argv.map((word) => word.replace(`${root}/`, "")).join(" ")}`);
  const code = await Bun.spawn(argv, { env, cwd: scratch, stdio: ["ignore", "inherit", "inherit"] }).exited;
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}.`);
}
