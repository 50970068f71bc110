import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../../../src/core/targets.ts";
import { root } from "../../steps.ts";

/** What is fetched stays here, in this clone. */
const cache = join(root, "node_modules/.cache/trial");

/** A folder with the files of what was fetched, as they lie in a package. */
type Unpacked = string;

/** Debian 13, whatever this machine has: the C library for musl of the one before it is too old for a C++ library of today. */
const source =
  "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main\n";

/** Debian's packages alone, unpacked; fetched with lists of apt's own in the clone, so that nothing of this machine is changed. */
export function debian(arch: Target["arch"], names: readonly string[]): Promise<Unpacked> {
  return unpacked(`debian-${arch}`, arch, names, "download");
}

/** A package of Debian with all that it needs to run, as on a machine that has nothing else. */
export function debianWhole(arch: Target["arch"], name: string): Promise<Unpacked> {
  return unpacked(`debian-${arch}-${name}`, arch, [name], "install");
}

async function unpacked(
  folder: string,
  arch: Target["arch"],
  names: readonly string[],
  action: "download" | "install",
): Promise<Unpacked> {
  const place = join(cache, folder);
  const missing = names.filter((name) => !existsSync(join(place, "fetched", name)));
  if (missing.length === 0) return join(place, "files");
  const state = join(place, "apt");
  const packages = join(state, "archives");
  for (const needed of ["lists/partial", "archives/partial"])
    mkdirSync(join(state, needed), { recursive: true });
  writeFileSync(join(state, "sources.list"), source);
  writeFileSync(join(state, "status"), "");
  const argv = ["apt-get", "-qq", ...optionsFor(state, arch === "x64" ? "amd64" : arch)];
  await ran([...argv, "update"], state);
  if (action === "download") await ran([...argv, "download", ...missing], packages);
  else
    await ran([...argv, "--yes", "--no-install-recommends", "--download-only", "install", ...missing], state);
  for (const file of readdirSync(packages).filter((name) => name.endsWith(".deb")))
    await ran(["dpkg-deb", "-x", join(packages, file), join(place, "files")], state);
  mkdirSync(join(place, "fetched"), { recursive: true });
  for (const name of missing) writeFileSync(join(place, "fetched", name), "");
  rmSync(state, { recursive: true, force: true });
  return join(place, "files");
}

/** An apt that knows nothing of this machine: neither what is installed, nor where it gets it from. */
function optionsFor(state: string, architecture: string): string[] {
  return [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    "APT::Sandbox::User=root",
    `Dir::State::Lists=${join(state, "lists")}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::Cache=${state}`,
    `Dir::Etc::sourcelist=${join(state, "sources.list")}`,
    "Dir::Etc::sourceparts=/dev/null",
    "Debug::NoLocking=1",
  ].flatMap((option) => ["-o", option]);
}

/** Debian has no C++ library for musl; wheels for Alpine bring it along, and this is one of the smallest. */
const wheel = "greenlet==3.5.6";

/** The folder with libstdc++ and libgcc_s as built for musl, under names with a hash. */
export async function musl(arch: Target["arch"]): Promise<Unpacked> {
  const place = join(cache, `musl-${arch}`);
  const libraries = join(place, "greenlet.libs");
  if (existsSync(libraries)) return libraries;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const platform = `musllinux_1_2_${arch === "x64" ? "x86_64" : "aarch64"}`;
  const pip = ["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"];
  await ran([...pip, "--python-version", "312", "--platform", platform, "--dest", place, wheel], place);
  const [file = ""] = readdirSync(place);
  await ran(["python3", "-m", "zipfile", "--extract", file, "."], place);
  return libraries;
}

/** Copies a folder's files as links to the same bytes: what is fetched is large, and only read. */
export async function linked(from: Unpacked, folder: string): Promise<void> {
  await ran(["cp", "-al", `${from}/.`, folder], folder);
}

/** Runs one command to its end. Throws what it said, with what may be done. */
async function ran(argv: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(argv, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0)
    throw new Error(
      `"${argv.join(" ")}" failed: ${(err || out).trim()}\nThe trial fetches what other machines have from Debian and PyPI: go on line once, on a Debian machine with apt-get, dpkg-deb, pip and python3.`,
    );
}
