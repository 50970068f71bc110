import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import type { Target } from "../../src/core/targets.ts";
import type { Entry } from "./archive.ts";

/** The program in a target's archive. Throws where there is none. */
export async function programIn(target: Target, archive: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const found = (await entriesIn(target, archive)).find(({ isProgram }) => isProgram);
  if (found === undefined) throw new Error(`${target.archive} has no ${target.program} in it.`);
  return found.bytes;
}

export async function entriesIn(target: Target, archive: Uint8Array<ArrayBuffer>): Promise<Entry[]> {
  const files = target.os === "win32" ? Object.entries(unzipSync(archive)) : await filesInTar(archive);
  return files.map(([path, bytes]) => ({ path, bytes, isProgram: path.endsWith(`/${target.program}`) }));
}

async function filesInTar(archive: Uint8Array<ArrayBuffer>): Promise<[string, Uint8Array][]> {
  const entries = await unpackTar(Bun.gunzipSync(archive));
  return entries.map(({ header, data }) => [header.name, data ?? new Uint8Array()]);
}
