import { beforeAll, expect, test } from "bun:test";
import { unpackTar } from "modern-tar";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { isOfThisMachine } from "../../scripts/release/runtimes.ts";
import { filled } from "../../scripts/release/templates.ts";
import { targets } from "../../src/core/targets.ts";
import { start } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const root = join(import.meta.dir, "../..");

function build(folder: string, ...flags: string[]) {
  const argv = [process.execPath, join(root, "scripts/release.ts"), "build", "--repository", "someone/cord"];
  return start([...argv, "--out", folder, ...flags], { cwd: folder, env: {} }).ended;
}

const folder = temporaryDirectory("release");
const target = targets.find(isOfThisMachine) ?? noTarget();
function noTarget(): never {
  throw new Error("No release is built for this machine.");
}

beforeAll(async () => {
  const { code, err } = await build(folder, "--targets", target.name, "--tag", `v${manifest.version}`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("a release has archives of one folder each, and sums that fit its files", async () => {
  const files = readdirSync(folder).filter((name) => name !== "SHA256SUMS");
  const sums = files.toSorted().map((name) => {
    const bytes = readFileSync(join(folder, name));
    return `${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${name}\n`;
  });
  expect(files).toContain(target.archive);
  expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(sums.join(""));
  const packed = Bun.gunzipSync(readFileSync(join(folder, target.archive)));
  const inFolder = (await unpackTar(packed)).map(({ header: { name, mode } }) => [name, mode?.toString(8)]);
  const inside = `cord-${manifest.version}-${target.name}`;
  expect(inFolder).toEqual([
    [`${inside}/LICENSE`, "644"],
    [`${inside}/README.md`, "644"],
    [`${inside}/completions/_cord`, "644"],
    [`${inside}/completions/cord.bash`, "644"],
    [`${inside}/completions/cord.fish`, "644"],
    [`${inside}/cord`, "755"],
    [`${inside}/man/cord.1`, "644"],
  ]);
});

test("what is unpacked works on a bare machine: no Bun, no Node and no git, and nothing in the home directory", async () => {
  const bare = temporaryDirectory("bare");
  const bin = join(bare, "bin");
  mkdirSync(bin);
  for (const name of ["cat", "grep", "kill", "mkdir", "mktemp", "rm", "sh", "sleep", "tail", "tar", "gzip"])
    symlinkSync(Bun.which(name) ?? `/bin/${name}`, join(bin, name));
  const at = { cwd: bare, env: { PATH: bin, TMPDIR: bare } };
  const unpacked = await start([join(bin, "tar"), "-xzf", join(folder, target.archive)], at).ended;
  expect(unpacked).toEqual({ code: 0, out: "", err: "" });
  const cord = join(bare, `cord-${manifest.version}-${target.name}`, target.program);
  const script = join(root, "scripts/release/started.sh");
  const { code, out, err } = await start([join(bin, "sh"), script, cord, manifest.version], at).ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.match(/(?<=✓ )[^:]+/g)).toEqual([
    "version",
    "init",
    "serve",
    "send",
    "claim",
    "wait",
    "top",
    "run --rehearse",
    "a daemon on demand",
  ]);
});

test("the formula names each archive with its sum, and a release of some targets only has none", () => {
  const sums = new Map(targets.map(({ name, archive }) => [archive, `sum of ${name}`]));
  const formula = filled({ repository: "someone/cord", sums }).get("cord.rb") ?? "";
  expect(formula).not.toContain("{{");
  for (const name of ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]) {
    const url = `https://github.com/someone/cord/releases/download/v${manifest.version}/cord-${name}.tar.gz`;
    expect(formula).toContain(`url "${url}"\n      sha256 "sum of ${name}"\n`);
  }
  sums.delete("cord-darwin-x64.tar.gz");
  expect([...filled({ repository: "someone/cord", sums }).keys()]).not.toContain("cord.rb");
});

test("a tag that is not this version, a target that is none and a wrong repository are refused", async () => {
  const folder = temporaryDirectory("release");
  expect(await build(folder, "--tag", "v0.0.0")).toMatchObject({
    code: 1,
    err: expect.stringContaining(`tag v${manifest.version}`),
  });
  expect(await build(folder, "--targets", "linux-x64,plan9")).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no target "plan9"'),
  });
  expect(await build(folder, "--repository", "nobody")).toMatchObject({
    code: 1,
    err: expect.stringContaining("OWNER/REPO"),
  });
  expect(readdirSync(folder)).toEqual([]);
});
