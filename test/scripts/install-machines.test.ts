import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { targets } from "../../src/core/targets.ts";
import {
  allTools,
  cpu,
  darwin,
  installScript,
  linux,
  newUser,
  onLinux,
  type Options,
} from "../support/release/installing.ts";
import { serveReleases, stubProgram, type Releases } from "../support/release/releases.ts";
import { canMount, smallDisk } from "../support/machine/small-disk.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** install.sh on machines of all kinds, and in homes where something else is in its way. */

let releases: Releases;
beforeAll(async () => {
  releases = serveReleases();
  await releases.publish("1.0.0");
  await releases.publish("1.1.0");
});
afterAll(() => releases[Symbol.dispose]());
const user = (options: Options = {}) => newUser({ ...options, from: releases });

describe("the machine", () => {
  /** What uname and others say there, and which archive is asked for; null: none, and what is said. */
  const machines: [string, Record<string, string>, string | null, string?][] = [
    [
      "Linux of glibc",
      { uname: linux("x86_64"), ldd: "echo 'ldd (GNU libc) 2.36'", grep: cpu("avx avx2") },
      "linux-x64",
    ],
    [
      "Linux on an old processor",
      { uname: linux("x86_64"), ldd: "echo 'ldd (GNU libc) 2.36'", grep: cpu("avx avx2_not") },
      "linux-x64-baseline",
    ],
    [
      "Linux on arm",
      { uname: linux("aarch64"), ldd: "echo 'ldd (GNU libc) 2.36'", grep: cpu("asimd") },
      "linux-arm64",
    ],
    [
      "Alpine",
      { uname: linux("x86_64"), ldd: "echo 'musl libc (x86_64)' >&2; exit 1", grep: cpu("avx2") },
      "linux-x64-musl",
    ],
    [
      "Alpine on arm",
      { uname: linux("aarch64"), ldd: "echo 'musl libc (aarch64)' >&2; exit 1", grep: cpu("asimd") },
      "linux-arm64-musl",
    ],
    ["macOS", { uname: darwin("arm64"), sysctl: "exit 1" }, "darwin-arm64"],
    [
      "macOS on Intel",
      { uname: darwin("x86_64"), sysctl: "case $2 in *leaf7*) echo SMEP BMI1 AVX2;; *) exit 1;; esac" },
      "darwin-x64",
    ],
    [
      "a shell under Rosetta",
      { uname: darwin("x86_64"), sysctl: "case $2 in *translated) echo 1;; *) exit 1;; esac" },
      "darwin-arm64",
    ],
    [
      "an old Mac",
      { uname: darwin("x86_64"), sysctl: "case $2 in *leaf7*) echo SMEP;; *) echo 0;; esac" },
      null,
      "This Mac's processor is too old",
    ],
    [
      "Alpine on an old processor",
      { uname: linux("x86_64"), ldd: "echo 'musl libc (x86_64)' >&2; exit 1", grep: cpu("avx") },
      "linux-x64-musl",
    ],
    ["32 bits", { uname: linux("i686") }, null, "a processor of the kind i686"],
    ["32 bits on 64", { uname: linux("aarch64"), getconf: "echo 32" }, null, "is one of 32 bits"],
    [
      "Termux",
      { uname: `[ "$1" = -o ] && { echo Android; exit; }; ${linux("aarch64")}` },
      null,
      "no cord for Android itself",
    ],
    ["FreeBSD", { uname: "[ $1 = -m ] && echo amd64 || echo FreeBSD" }, null, "no cord for FreeBSD"],
    ["Git Bash", { uname: "[ $1 = -m ] && echo x86_64 || echo MINGW64_NT-10.0" }, null, "install.ps1 | iex"],
  ];

  test.each(machines)(
    "%s gets its own archive, or is told that there is none",
    async (_, fakes, target, said = "") => {
      using releases = serveReleases();
      const someone = user();
      someone.env["CORD_RELEASES"] = releases.base;
      for (const [name, script] of Object.entries(fakes)) someone.fake(name, script);
      const sum = "0".repeat(64);
      releases.files.set(
        "latest/download/SHA256SUMS",
        targets.map(({ archive }) => `${sum}  ${archive}\n`).join(""),
      );
      const { code, err } = await someone.install();
      expect(code).toBe(1);
      if (target === null) {
        expect(err).toContain(said);
        expect(releases.asked).toEqual([]);
      } else {
        expect(targets.map(({ name }) => String(name))).toContain(target);
        expect(releases.asked).toEqual([
          "latest/download/SHA256SUMS",
          `latest/download/cord-${target}.tar.gz`,
        ]);
      }
      expect(someone.tree()).toEqual({});
    },
  );

  const tools: [string, string[]][] = [
    ["wget in the place of curl", ["curl"]],
    ["wget, and no timeout", ["curl", "timeout"]],
    ["shasum or openssl in the place of sha256sum", ["sha256sum"]],
    ["openssl alone for sums", ["sha256sum", "shasum"]],
    ["no getconf and no ldd", ["getconf", "ldd"]],
  ];

  test.each(tools)("may have %s", async (_, without) => {
    const someone = user({ without });
    expect(await someone.install()).toMatchObject({ code: 0, err: "" });
  });

  const busybox = Bun.which("busybox");
  test.skipIf(busybox === null)("may have nothing but busybox", async () => {
    const someone = user({ without: allTools, shell: [String(busybox), "sh"] });
    for (const name of allTools) symlinkSync(String(busybox), join(someone.tools, name));
    for (const name of ["curl", "getconf", "ldd", "openssl", "shasum", "sysctl"])
      rmSync(join(someone.tools, name));
    expect(await someone.install()).toMatchObject({ code: 0, err: "" });
    expect((await someone.install("--uninstall")).code).toBe(0);
  });

  const lacking: [string[], string][] = [
    [["curl", "wget"], "Neither curl nor wget is here"],
    [["sha256sum", "shasum", "openssl"], "None of sha256sum, shasum and openssl"],
    [["tar"], "tar is not here"],
    [["gzip"], "gzip is not here"],
  ];

  test.each(lacking)("without %p gets nothing but the name of what is missing", async (without, said) => {
    const someone = user({ without });
    expect(await someone.install()).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect(someone.tree()).toEqual({});
  });

  /** Packed it is small, so that it is unpacking which fails; of what cannot be packed, loading. */
  const large = {
    unpacked: stubProgram("2.0.0").padEnd(2_000_000, "# much\n"),
    loaded: randomText(2_000_000),
  };

  test.each(["unpacked", "loaded"] as const)(
    "whose files may not grow that large when it is %s keeps what it had",
    async (when) => {
      using releases = serveReleases();
      await releases.publish("2.0.0", large[when], ["linux-x64"]);
      const someone = onLinux(user({ shell: ["/bin/sh", "-c", 'ulimit -f 1000; exec /bin/sh "$0" "$@"'] }));
      await someone.install("--version", "1.0.0");
      someone.env["CORD_RELEASES"] = releases.base;
      const before = someone.tree();
      const { code, err } = await someone.install();
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringMatching(/[Ii]s the disk full\?|larger than it may be/),
      });
      expect(someone.tree()).toEqual(before);
    },
  );

  test.skipIf(!canMount).each(["unpacked", "loaded"] as const)(
    "whose disk is full when it is %s keeps what it had",
    async (when) => {
      using releases = serveReleases();
      await releases.publish("2.0.0", large[when], ["linux-x64"]);
      using disk = smallDisk(3);
      const home = join(disk?.folder ?? "", "home");
      const someone = onLinux(user({ home }));
      mkdirSync(home);
      await someone.install("--version", "1.0.0");
      someone.env["CORD_RELEASES"] = releases.base;
      const before = someone.tree();
      disk?.fill(1_000_000);
      const { code, err } = await someone.install();
      expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/[Ii]s the disk full\?/) });
      expect(someone.tree()).toEqual(before);
    },
  );

  const places: [string, (home: string) => void, string][] = [
    ["a file where the folder is to be", (home) => writeFileSync(join(home, ".local"), ""), "cannot be made"],
    [
      "a folder where the program is to be",
      (home) => mkdirSync(join(home, ".local/bin/cord"), { recursive: true }),
      "is a folder",
    ],
    [
      "another program called cord",
      (home) => program(home, "#!/bin/sh\necho 'Unknown command.'\n"),
      "it is another program",
    ],
    ["a file called cord", (home) => program(home, "my notes"), "it is another program"],
    [
      "a file where a folder of data is to be",
      (home) => program(home, "", ".local/share/man"),
      "cannot be made",
    ],
  ];

  test.each(places)("with %s stays as it is", async (_, prepare, said) => {
    const someone = user();
    prepare(someone.home);
    const before = someone.tree();
    expect(await someone.install()).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect(someone.tree()).toEqual(before);
  });

  test.skipIf(process.getuid?.() === 0)("with a folder that may not be written stays as it is", async () => {
    const someone = user();
    mkdirSync(join(someone.home, ".local/bin"), { recursive: true });
    chmodSync(join(someone.home, ".local/bin"), 0o500);
    expect(await someone.install()).toMatchObject({ code: 1, err: expect.stringContaining("--to FOLDER") });
  });

  test("where sudo has left HOME as it was is left alone: root's files there would be in the user's way", async () => {
    const someone = user();
    Object.assign(someone.env, { SUDO_USER: "someone" });
    someone.fake("id", "echo 0");
    someone.fake("ls", "echo 'drwxr-xr-x 2 501 20 64 Jan 1 00:00 home'");
    expect(await someone.install()).toMatchObject({
      code: 1,
      err: expect.stringContaining("Run it without sudo"),
    });
    expect(someone.tree()).toEqual({});
  });

  test("with a link in the place of the program keeps what it points to", async () => {
    const someone = user();
    const built = join(temporaryDirectory("clone"), "cord");
    writeFileSync(built, stubProgram("0.9.0"), { mode: 0o755 });
    mkdirSync(join(someone.home, ".local/bin"), { recursive: true });
    symlinkSync(built, join(someone.home, ".local/bin/cord"));
    expect((await someone.install()).out).toContain("cord 1.1.0 in place of 0.9.0: ~/");
    expect(readFileSync(built, "utf8")).toBe(stubProgram("0.9.0"));
    expect(someone.tree()[".local/bin/cord"]).toBe(stubProgram("1.1.0"));
  });

  test("without HOME is told to set it; a script that was cut off does nothing at all", async () => {
    const someone = user();
    delete someone.env["HOME"];
    expect(await someone.install()).toMatchObject({
      code: 1,
      err: expect.stringContaining("HOME is not set"),
    });
    someone.env["HOME"] = someone.home;
    const asked = releases.asked.length;
    const text = readFileSync(installScript, "utf8");
    for (let part = 1; part < 12; part += 1) {
      const script = join(temporaryDirectory("cut"), "install.sh");
      writeFileSync(script, text.slice(0, Math.floor((text.length * part) / 12)));
      await newUser({ script, home: someone.home }).install();
    }
    expect(releases.asked.length).toBe(asked);
    expect(someone.tree()).toEqual({});
  });
});

/** Of so many characters that nothing packs into less than three quarters. */
function randomText(length: number): string {
  return randomBytes((length * 3) / 4).toString("base64");
}

function program(home: string, text: string, path = ".local/bin/cord"): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text, { mode: 0o755 });
}
