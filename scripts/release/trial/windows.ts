import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { applets, type Machine } from "./bare.ts";
import { debian, debianWhole, linked } from "./parts.ts";

const wine = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows";

/**
 * Makes a machine with Wine in the empty folder, which is Windows as far as it goes: the system's calls are real, its
 * processes, files and sockets are those of Linux below. cord starts others of itself by Wine alone.
 */
export async function windowsMachine(program: string, folder: string): Promise<Machine> {
  await linked(await debianWhole("x64", "wine64"), folder);
  for (const name of ["bin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(folder, name));
  for (const name of ["cord", "dev", "home", "proc", "tmp"]) mkdirSync(join(folder, name));
  // what the package does once it is unpacked
  const libraries = join(folder, "usr/x86_64-w64-mingw32/lib");
  for (const name of readdirSync(libraries)) copyFileSync(join(libraries, name), join(folder, wine, name));
  const busybox = await debian("x64", ["busybox-static"]);
  copyFileSync(join(busybox, "usr/bin/busybox"), join(folder, "bin/busybox"));
  for (const name of applets) symlinkSync("/bin/busybox", join(folder, "bin", name));
  copyFileSync(program, join(folder, "cord/cord.exe"));
  copyFileSync(join(import.meta.dir, "cord-in-wine.sh"), join(folder, "bin/cord"));
  chmodSync(join(folder, "bin/cord"), 0o755);
  return { cord: "cord", foreign: null, runsOn: "under Wine" };
}
