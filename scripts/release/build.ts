import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../../src/core/targets.ts";
import { compile } from "../compile.ts";
import { archiveOf } from "./archive.ts";
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
 * Builds the archives of these targets into the folder, with their sums and what else a release has. Each file is
 * written beside its place and renamed, so that an interrupted build leaves no half archive under a whole one's name.
 */
export async function buildRelease({ targets, repository, folder, tell }: Release): Promise<void> {
  const runtimes = await runtimesOf(targets);
  const texts = await textsOfArchives();
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, ".building-"));
  const files = new Map<string, string>();
  const keep = (name: string, bytes: string | Uint8Array) => {
    const beside = join(scratch, name);
    writeFileSync(beside, bytes);
    renameSync(beside, join(folder, name));
    files.set(name, new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
    tell(`  ${name}  ${sizeOf(bytes)}`);
  };
  try {
    for (const [at, target] of targets.entries()) {
      tell(`── ${target.name} (${at + 1} of ${targets.length})`);
      const program = await programOf(target, runtimes.get(target.name), scratch);
      keep(
        target.archive,
        await archiveOf(entriesOf(target, program, texts), target.os === "win32" ? "zip" : "tar.gz"),
      );
    }
    tell("── beside the archives");
    keep("cord.cdx.json", billOfMaterials());
    for (const [name, text] of filled({ repository, sums: files })) keep(name, text);
    keep("SHA256SUMS", sumsOf(files));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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

function sizeOf(bytes: string | Uint8Array): string {
  return bytes.length < 1_048_576
    ? `${Math.ceil(bytes.length / 1024)} KiB`
    : `${(bytes.length / 1_048_576).toFixed(1)} MiB`;
}
