/** A kind of machine that a release has a binary for. */
export interface Target {
  /** `<os>-<arch>[-variant]`, as files of a release are called */
  readonly name: TargetName;
  readonly os: "linux" | "darwin" | "win32";
  readonly arch: "x64" | "arm64";
  /** null where the system has one C library only */
  readonly libc: "glibc" | "musl" | null;
  /** for processors without AVX2, from 2008 on; Bun 1.4.4 has one runtime for these and newer ones */
  readonly isBaseline: boolean;
  /** as Bun's compiler calls it */
  readonly bun: Bun.Build.CompileTarget;
  /** what users download */
  readonly archive: string;
  /** the file in it that they run */
  readonly program: "cord" | "cord.exe";
}

const targetNames = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "linux-x64-baseline",
  "darwin-arm64",
  "darwin-x64",
  "windows-x64",
] as const;
export type TargetName = (typeof targetNames)[number];

/** All that a release is built for. The scripts that install cord find their machine's among these names. */
export const targets: readonly Target[] = targetNames.map(targetOf);

export function targetNamed(name: string): Target | undefined {
  return targets.find((target) => target.name === name);
}

function targetOf(name: TargetName): Target {
  const [system, , variant] = name.split("-");
  const os = system === "windows" ? "win32" : system === "darwin" ? "darwin" : "linux";
  const isWindows = os === "win32";
  return {
    name,
    os,
    arch: name.includes("-arm64") ? "arm64" : "x64",
    libc: os === "linux" ? (variant === "musl" ? "musl" : "glibc") : null,
    isBaseline: variant === "baseline",
    bun: `bun-${name}`,
    archive: `cord-${name}.${isWindows ? "zip" : "tar.gz"}`,
    program: isWindows ? "cord.exe" : "cord",
  };
}
