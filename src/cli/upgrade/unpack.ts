import { CordError, messageOf } from "../../core/error.ts";
import type { Target } from "../../core/targets.ts";
import { plain } from "../../core/text.ts";

/**
 * The files of a release's archive by their path below its one folder, such as `cord` and `man/cord.1`. Nothing is
 * written, so that a path which leads out leads nowhere. Throws `failed` for what is no archive of this version.
 */
export async function unpack(
  archive: Uint8Array,
  version: string,
  target: Target,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = `cord-${version}-${target.name}/`;
  const all = await entriesOf(archive, target).catch((error: unknown) => {
    throw unusable(target, `it cannot be unpacked (${plain(messageOf(error))})`);
  });
  const files = new Map(
    [...all].flatMap(([path, bytes]) =>
      path.startsWith(folder) ? [[path.slice(folder.length), bytes] as const] : [],
    ),
  );
  if (!files.has(target.program)) throw unusable(target, `there is no ${folder}${target.program} in it`);
  return files;
}

/** Windows has archives of the kind that its Explorer opens. Bun reads tar itself. */
async function entriesOf(archive: Uint8Array, { os }: Target): Promise<Map<string, Uint8Array>> {
  if (os === "win32") {
    const { unzipSync } = await import("fflate");
    return new Map(Object.entries(unzipSync(archive)));
  }
  const files = await new Bun.Archive(archive).files();
  return new Map(
    await Promise.all([...files].map(async ([path, file]) => [path, await file.bytes()] as const)),
  );
}

function unusable({ archive }: Target, why: string): CordError {
  return new CordError(
    "failed",
    `${archive} is not what it should be: ${why}. Nothing was changed; take another version with --version, and tell the project.`,
  );
}
