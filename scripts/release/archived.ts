import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import type { Target } from "../../src/core/targets.ts";

/** The program in a target's archive. Throws where there is none. */
export async function programIn(target: Target, archive: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const found = (await filesIn(target, archive)).find(([path]) => path.endsWith(`/${target.program}`));
  if (found === undefined) throw new Error(`${target.archive} has no ${target.program} in it.`);
  return found[1];
}

async function filesIn({ os }: Target, archive: Uint8Array<ArrayBuffer>): Promise<[string, Uint8Array][]> {
  if (os === "win32") return Object.entries(unzipSync(archive));
  const entries = await unpackTar(Bun.gunzipSync(archive));
  return entries.map(({ header, data }) => [header.name, data ?? new Uint8Array()]);
}
