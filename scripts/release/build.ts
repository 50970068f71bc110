import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { targets as all, type Target } from "../../src/core/targets.ts";
import { compile } from "../compile.ts";
import { archiveOf } from "./archive.ts";
import { entriesIn } from "./archived.ts";
import { entriesOf, textsOfArchives } from "./contents.ts";
import { misfits } from "./programs/form.ts";
import { formOf } from "./programs/read.ts";
import { signedAdHoc } from "./programs/sign.ts";
import { billOfMaterials } from "./sbom.ts";
import { filled } from "./templates.ts";
import { runtimesOf } from "./runtimes.ts";

interface Release {
  readonly targets: readonly Target[];
  /** OWNER/REPOSITORY */
  readonly repository: string;
  /** absolute; made if it is not there */
  readonly folder: string;
  /** what is said while it goes on, a line at a time */
  readonly tell: (line: string) => void;
}

/**
 * Builds the archives of these targets into the folder, with their sums and what else a release has. An interrupted build
 * leaves no half file under a whole one's name.
 */
export async function buildRelease({ targets, repository, folder, tell }: Release): Promise<void> {
  const runtimes = await runtimesOf(targets);
  const texts = await textsOfArchives();
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, ".building-"));
  try {
    for (const [at, target] of targets.entries()) {
      tell(`── ${target.name} (${at + 1} of ${targets.length})`);
      const program = await programOf(target, runtimes.get(target.name), scratch);
      const bytes = await archiveOf(entriesOf(target, program, texts), kindOf(target));
      keep(folder, target.archive, bytes);
      tell(`  ${target.archive}  ${sizeOf(bytes)}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeBeside({ targets, repository, folder, tell });
}

/** Puts a program that was signed elsewhere into the archive of its target, and makes anew what depends on the archive. */
export async function replaceProgram(
  target: Target,
  program: Uint8Array,
  release: Omit<Release, "targets">,
): Promise<void> {
  const wrong = misfits(target, formOf(program));
  if (wrong.length > 0) throw new Error(`This is no program for ${target.name}: ${wrong.join("; ")}.`);
  const { folder } = release;
  const archive = new Uint8Array(readFileSync(join(folder, target.archive)));
  const entries = (await entriesIn(target, archive)).map((entry) =>
    entry.isProgram ? { ...entry, bytes: program } : entry,
  );
  keep(folder, target.archive, await archiveOf(entries, kindOf(target)));
  writeBeside({ ...release, targets: all.filter(({ archive }) => existsSync(join(folder, archive))) });
}

/** What lies beside the archives, drawn from them as they are there. */
function writeBeside({ targets, repository, folder, tell }: Release): void {
  const digest = (name: string) =>
    new Bun.CryptoHasher("sha256").update(readFileSync(join(folder, name))).digest("hex");
  const sums = new Map(targets.map(({ archive }) => [archive, digest(archive)]));
  const texts = [...filled({ repository, sums }), ["cord.cdx.json", billOfMaterials()] as const];
  for (const [name, text] of texts) {
    keep(folder, name, text);
    sums.set(name, digest(name));
  }
  keep(folder, "SHA256SUMS", sumsOf(sums));
  tell(`── beside the archives: SHA256SUMS, ${texts.map(([name]) => name).join(", ")}`);
}

/** Written beside its place, and renamed. */
function keep(folder: string, name: string, bytes: string | Uint8Array): void {
  const beside = join(folder, `.${name}.${process.pid}`);
  writeFileSync(beside, bytes);
  renameSync(beside, join(folder, name));
}

function kindOf({ os }: Target): "zip" | "tar.gz" {
  return os === "win32" ? "zip" : "tar.gz";
}

/** As it gets into the archive, whose name for it stands in its bytes. */
async function programOf(target: Target, runtime: string | undefined, scratch: string): Promise<Uint8Array> {
  if (runtime === undefined) throw new Error(`There is no runtime for ${target.name}.`);
  const outfile = join(scratch, target.program);
  await compile({ outfile, cross: { target: target.bun, runtime } });
  const program = readFileSync(outfile);
  return target.os === "darwin" && misfits(target, formOf(program)).length > 0
    ? signedAdHoc(program, "cord")
    : program;
}

/** As sha256sum --check reads them. */
function sumsOf(files: ReadonlyMap<string, string>): string {
  return [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join("");
}

function sizeOf(bytes: Uint8Array): string {
  return `${(bytes.length / 1_048_576).toFixed(1)} MiB`;
}
