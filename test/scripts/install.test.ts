import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installScript, newUser, type NewUser, type Options } from "../support/release/installing.ts";
import { serveReleases, stubProgram, type Releases } from "../support/release/releases.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** install.sh as a new user runs it, with a program of two lines in the place of cord. test/e2e/install.test.ts has the real one. */

let releases: Releases;
beforeAll(async () => {
  releases = serveReleases();
  await releases.publish("1.0.0");
  await releases.publish("1.1.0");
});
afterAll(() => releases[Symbol.dispose]());
const user = (options: Options = {}) => newUser({ ...options, from: releases });

const beside = [
  ".local/share/bash-completion/completions/cord",
  ".local/share/zsh/site-functions/_cord",
  ".local/share/fish/vendor_completions.d/cord.fish",
  ".local/share/man/man1/cord.1",
];
const data = process.platform === "darwin" ? "Library/Application Support/cord" : ".local/share/cord";

/** The files, without the folders. */
function filesOf({ tree }: NewUser): string[] {
  return Object.entries(tree()).flatMap(([path, content]) => (content === "folder" ? [] : [path]));
}

const shells = ["dash", "bash", "busybox", "zsh", "ksh"].flatMap((name) => {
  const path = Bun.which(name);
  if (path === null) return [];
  return name === "busybox"
    ? [[name, path, "sh"]]
    : name === "zsh"
      ? [[name, path, "--emulate", "sh"]]
      : [[name, path]];
});

describe("install.sh", () => {
  test.each([["sh", "/bin/sh"], ...shells])(
    "installs cord into an empty home with %s",
    async (_, ...shell) => {
      const someone = user({ shell });
      const { code, out, err } = await someone.install();
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain("installed    cord 1.1.0: ~/.local/bin/cord\n");
      expect(out).toContain("~/.local/bin is not in your PATH. Put this at the end of ~/.bash");
      expect(out).toContain('  export PATH="$HOME/.local/bin:$PATH"\n');
      expect(filesOf(someone).toSorted()).toEqual(
        [".local/bin/cord", ...beside, `${data}/installed.json`].toSorted(),
      );
      const path = join(someone.home, ".local/bin/cord");
      expect(statSync(path).mode & 0o777).toBe(0o755);
      expect(readFileSync(path, "utf8")).toBe(stubProgram("1.1.0"));
      const receipt = JSON.parse(readFileSync(join(someone.home, data, "installed.json"), "utf8"));
      const { target } = receipt;
      const files = beside.map((file) => join(someone.home, file));
      expect(receipt).toEqual({ from: releases.base, target, version: "1.1.0", path, files });
      expect(out).toContain(`cord-${target}.tar.gz`);
    },
  );

  test("puts a newer version in the place of an older one, and an older where that is asked for; what one that was killed has left goes", async () => {
    const someone = user();
    const first = await someone.install("--version", "v1.0.0");
    expect(first).toMatchObject({ code: 0, err: "" });
    const before = filesOf(someone);
    const left = join(someone.home, ".local/bin/.cord-install.999999999/half");
    mkdirSync(left, { recursive: true });
    const { code, out } = await someone.install();
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining("cord 1.1.0 in place of 1.0.0: ~/"),
    });
    expect(filesOf(someone)).toEqual(before);
    expect(existsSync(left)).toBe(false);
    expect(Object.values(someone.tree()).join("\n")).not.toContain("1.0.0");
    expect((await someone.install("--version=1.0.0")).out).toContain("cord 1.0.0 in place of 1.1.0: ~/");
    expect((await someone.install("--version", "1.0.0")).out).toContain("cord 1.0.0 again: ~/");
  });

  test("takes away what it has installed, and nothing else", async () => {
    using releases = serveReleases();
    await releases.publish("1.2.0", `${stubProgram("1.2.0")}echo "$*" >>"$HOME/called"\n`);
    const someone = newUser({ from: releases });
    await someone.install();
    const called = join(someone.home, "called");
    rmSync(called);
    const others = [".local/bin/other", ".local/share/man/man1/other.1", `${data}/cord.db`];
    for (const path of others) writeFileSync(join(someone.home, path), "kept");
    const { code, out, err } = await someone.install("--uninstall");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readFileSync(called, "utf8")).toBe("daemon uninstall\ndaemon stop\n");
    rmSync(called);
    expect(filesOf(someone)).toEqual(others.toSorted());
    expect(out).toContain(`Your tasks, runs and token stay in ~/${data},\n`);
    const again = await someone.install("--uninstall");
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining("so this script has installed no cord here"),
    });
  });

  test("installs into a folder of blanks, quotes and dollars, names it so that it can be pasted, and finds it again", async () => {
    const home = join(temporaryDirectory("new-user"), `it's a "home" \\ $HOME`);
    mkdirSync(home);
    const someone = user({ home });
    const { code, err } = await someone.install("--to", "in here");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const receipt = JSON.parse(readFileSync(join(home, data, "installed.json"), "utf8"));
    expect(receipt.path).toBe(join(home, "in here/cord"));
    expect((await someone.install("--uninstall")).code).toBe(0);
    expect(filesOf(someone)).toEqual([]);
  });

  test("says what to add to PATH in the words of the user's shell, and nothing where it is there", async () => {
    const someone = user();
    someone.env["SHELL"] = "/usr/bin/fish";
    expect((await someone.install()).out).toContain('  fish_add_path "$HOME/.local/bin"\n');
    someone.env["PATH"] = `${someone.tools}:${someone.home}/.local/bin`;
    const { out } = await someone.install();
    expect(out).not.toContain("PATH");
    someone.fake("cord", "echo cord 9.9.9");
    expect((await someone.install()).out).toContain(
      `Another cord comes first in your PATH: ${someone.tools}/cord.`,
    );
  });

  test("a released copy installs its own version, from its own releases", async () => {
    const text = readFileSync(installScript, "utf8");
    const script = join(temporaryDirectory("released"), "install.sh");
    const sure = text.replace("{{version}}", "1.0.0").replace("{{releases}}", "https://127.0.0.1:1/releases");
    writeFileSync(script, sure);
    const someone = user({ script });
    expect((await someone.install()).out).toContain("installed    cord 1.0.0:");
    delete someone.env["CORD_RELEASES"];
    const { code, err } = await someone.install();
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(
        "https://127.0.0.1:1/releases/download/v1.0.0/SHA256SUMS could not be loaded",
      ),
    });
  });
});
