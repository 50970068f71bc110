import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Target } from "../../../src/core/targets.ts";
import { applets, type Machine } from "./bare.ts";
import { debian, musl } from "./parts.ts";
import { windowsMachine } from "./windows.ts";

/** Makes the machine of a target in the empty folder. No Bun, no Node and no git is there. Throws for macOS, which nothing here runs. */
export function makeMachine(target: Target, program: string, folder: string): Promise<Machine> {
  switch (target.os) {
    case "linux":
      return linuxMachine(target, program, folder);
    case "win32":
      return windowsMachine(program, folder);
    case "darwin":
      throw new Error("There is no macOS here.");
  }
}

/**
 * Makes the machine of a Linux target in the empty folder. Its shell and its few other programs are busybox of this
 * machine's kind; cord alone is of the other.
 */
async function linuxMachine(target: Target, program: string, folder: string): Promise<Machine> {
  for (const name of ["bin", "dev", "home", "lib", "lib64", "proc", "tmp"]) mkdirSync(join(folder, name));
  const here = await debian("x64", ["busybox-static", "qemu-user"]);
  copyFileSync(join(here, "usr/bin/busybox"), join(folder, "bin/busybox"));
  for (const name of applets) symlinkSync("busybox", join(folder, "bin", name));
  await addLibraries(target, folder);
  const emulated = emulatorOf(target);
  const cord = emulated?.extension === undefined ? "cord" : `cord.${emulated.extension}`;
  copyFileSync(program, join(folder, "bin", cord));
  chmodSync(join(folder, "bin", cord), 0o755);
  if (emulated === null) return { cord, foreign: null, runsOn: "on this processor" };
  copyFileSync(join(here, "usr/bin", emulated.program), join(folder, "bin/emulator"));
  // the daemon on demand keeps no environment that could say the processor
  writeFileSync(join(folder, "bin/emulate"), `#!/bin/sh\nexec /bin/emulator ${emulated.flags} "$@"\n`, {
    mode: 0o755,
  });
  return {
    cord,
    runsOn: `under ${emulated.program} ${emulated.flags}`.trim(),
    foreign: `:cord-trial:${emulated.match}:/bin/emulate:`,
  };
}

interface Emulator {
  readonly program: string;
  readonly flags: string;
  /** what binfmt_misc knows the binary by: type, offset, magic and mask */
  readonly match: string;
  readonly extension?: string;
}

/** Null: this machine, of x64, runs it by itself. */
function emulatorOf({ arch, isBaseline }: Target): Emulator | null {
  if (arch === "arm64") {
    const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
    const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
    return { program: "qemu-aarch64", flags: "", match: `M::${magic}:${mask}` };
  }
  if (!isBaseline) return null;
  // by its name's end: by its form it would be like the emulator itself. Nehalem, of 2008, has neither AVX nor AVX2,
  // and the emulator refuses them
  return { program: "qemu-x86_64", flags: "-cpu Nehalem", match: "E::nehalem:", extension: "nehalem" };
}

async function addLibraries({ arch, libc }: Target, folder: string): Promise<void> {
  const triple = arch === "x64" ? "x86_64" : "aarch64";
  if (libc === "musl") {
    const files = await debian(arch, ["musl"]);
    const loader = join(folder, `lib/ld-musl-${triple}.so.1`);
    copyFileSync(join(files, `usr/lib/${triple}-linux-musl/libc.so`), loader);
    chmodSync(loader, 0o755);
    symlinkSync(basename(loader), join(folder, `lib/libc.musl-${triple}.so.1`));
    const libraries = await musl(arch);
    for (const name of readdirSync(libraries)) copyFileSync(join(libraries, name), join(folder, "lib", name));
    const cxx = readdirSync(libraries).find((name) => name.startsWith("libstdc++")) ?? "";
    symlinkSync(cxx, join(folder, "lib/libstdc++.so.6"));
    return;
  }
  const files = await debian(arch, ["libc6"]);
  cpSync(join(files, `usr/lib/${triple}-linux-gnu`), join(folder, "lib"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const loader = arch === "x64" ? "lib64/ld-linux-x86-64.so.2" : "lib/ld-linux-aarch64.so.1";
  if (!existsSync(join(folder, loader))) symlinkSync(`/lib/${basename(loader)}`, join(folder, loader));
}
