import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TarEntry } from "modern-tar";
import { z } from "zod";
import { newUser, onLinux, type NewUser, type Options } from "../support/release/installing.ts";
import {
  contents,
  file,
  serveReleases,
  stubProgram,
  tarGz,
  type Releases,
} from "../support/release/releases.ts";

/** install.sh before servers and archives that are not as they should be: what was there before is there after. */

let releases: Releases;
beforeAll(async () => {
  releases = serveReleases();
  await releases.publish("1.0.0");
  await releases.publish("1.1.0");
});
afterAll(() => releases[Symbol.dispose]());
const user = (options: Options = {}) => newUser({ ...options, from: releases });

/** As musl's loader ends a program of Bun on a bare Alpine: the first line names the library, and hundreds follow. */
const withoutLibrary = `#!/bin/sh
echo "Error loading shared library libstdc++.so.6: No such file or directory (needed by $0)" >&2
echo "Error relocating $0: __cxa_pure_virtual: symbol not found" >&2
exit 127
`;

const Bytes = z.instanceof(Uint8Array<ArrayBuffer>);

describe("what is loaded", () => {
  let someone: NewUser;
  let before: ReturnType<NewUser["tree"]>;
  beforeAll(async () => {
    someone = onLinux(user());
    await someone.install("--version", "1.0.0");
    before = someone.tree();
  });

  /** What is in the place of the archive, and what is said of it. */
  const broken: [string, (archive: Uint8Array<ArrayBuffer>) => Made, string][] = [
    ["cut off", (archive) => archive.slice(0, 300), "is not what was released"],
    ["cut off, with its sum", (archive) => summed(archive.slice(0, 300)), "cannot be unpacked"],
    ["empty", () => summed(new Uint8Array()), "cannot be unpacked"],
    ["a page of HTML", () => summed(Buffer.from("<html>Log in</html>")), "cannot be unpacked"],
    [
      "of another version",
      () => made(contents("3.0.0", "linux-x64", stubProgram("3.0.0"))),
      'has "cord-3.0.0-linux-x64" in it',
    ],
    [
      "of another target",
      () => made(contents("2.0.0", "linux-arm64", stubProgram("2.0.0"))),
      'has "cord-2.0.0-linux-arm64" in it',
    ],
    ["without cord", () => made([file("cord-2.0.0-linux-x64/README.md", "")]), "There is no cord in"],
    [
      "with a path that leads out",
      () => made([...good(), file("cord-2.0.0-linux-x64/../../../evil", "")]),
      "does not belong there",
    ],
    ["with an absolute path", () => made([...good(), file("/tmp/evil", "")]), "does not belong there"],
    ["with another folder", () => made([...good(), file("evil/cord", "")]), "does not belong there"],
    [
      "with a link",
      () => made([link("cord-2.0.0-linux-x64/man", "/tmp"), ...good()]),
      "does not belong there",
    ],
    [
      "with a link as cord",
      () => made([link("cord-2.0.0-linux-x64/cord", "/bin/sh")]),
      "does not belong there",
    ],
    [
      "with a program that does not start",
      () => made(contents("2.0.0", "linux-x64", "\u007fELF nothing")),
      "does not start here",
    ],
    [
      "with a program that the C++ library is missing for",
      () => made(contents("2.0.0", "linux-x64", withoutLibrary)),
      "apk add libstdc++",
    ],
    [
      "with a program of another version",
      () => made(contents("2.0.0", "linux-x64", stubProgram("1.0.0"))),
      'it says that it is "1.0.0"',
    ],
  ];

  test.each(broken)("when it is %s, changes nothing, and says why", async (_, breakIt, why) => {
    using releases = serveReleases();
    await releases.publish("2.0.0", stubProgram("2.0.0"), ["linux-x64"]);
    someone.env["CORD_RELEASES"] = releases.base;
    const name = "download/v2.0.0/cord-linux-x64.tar.gz";
    const archive = await breakIt(Bytes.parse(releases.files.get(name)));
    if (archive instanceof Uint8Array) releases.files.set(name, archive);
    else releases.replace("2.0.0", "linux-x64", archive.summed);
    const { code, err } = await someone.install("--version", "2.0.0");
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(why) });
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(someone.tree()).toEqual(before);
  });

  const sums: [string, string][] = [
    ["nothing", ""],
    [
      "only other names",
      `${"0".repeat(64)}  cord-linux-x64.tar.gz.sig\n${"0".repeat(64)}  x/cord-linux-x64.tar.gz\n`,
    ],
    ["the name twice", `${"0".repeat(64)}  cord-linux-x64.tar.gz\n`.repeat(2)],
    ["no sum", "  cord-linux-x64.tar.gz\n"],
    ["a short sum", `${"0".repeat(40)}  cord-linux-x64.tar.gz\n`],
    ["a sum that is none", `${"$(id)".padEnd(64, "z")}  cord-linux-x64.tar.gz\n`],
  ];

  test.each(sums)("is not even asked for when the sums have %s", async (_, text) => {
    using releases = serveReleases();
    await releases.publish("2.0.0", stubProgram("2.0.0"), ["linux-x64"]);
    releases.files.set("download/v2.0.0/SHA256SUMS", text);
    someone.env["CORD_RELEASES"] = releases.base;
    const { code, err } = await someone.install();
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("sum of cord-linux-x64.tar.gz") });
    expect(releases.asked).toEqual(["latest/download/SHA256SUMS"]);
    expect(someone.tree()).toEqual(before);
  });

  test("is refused from an address without encryption, and of a release that is not there", async () => {
    const someone = user();
    expect(await someone.install("--version", "7.7.7")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/v7\.7\.7\/SHA256SUMS could not be loaded: .*404/),
    });
    someone.env["CORD_RELEASES"] = "http://example.com/releases";
    expect(await someone.install()).toMatchObject({ code: 1, err: expect.stringContaining("only https://") });
    someone.env["CORD_RELEASES"] = "http://127.0.0.1.example.com/releases";
    expect(await someone.install()).toMatchObject({ code: 1, err: expect.stringContaining("only https://") });
    delete someone.env["CORD_RELEASES"];
    expect(await someone.install()).toMatchObject({
      code: 1,
      err: expect.stringContaining("belongs to no release"),
    });
    expect(someone.tree()).toEqual({});
  });

  test("whose reader goes away leaves nothing beside the program", async () => {
    const someone = onLinux(user({ shell: ["/bin/sh", "-c", '/bin/sh "$0" "$@" | { read -r _; }'] }));
    await someone.install();
    expect(Object.keys(someone.tree()).filter((path) => path.includes(".cord-install"))).toEqual([]);
  });

  test("leaves nothing behind when Ctrl-C ends it in the middle", async () => {
    using releases = serveReleases();
    await releases.publish("2.0.0", stubProgram("2.0.0"), ["linux-x64"]);
    const begun = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const body = () =>
      new ReadableStream({
        pull: (controller) => (
          controller.enqueue(new Uint8Array(1000)),
          begun.resolve(),
          new Promise(() => {})
        ),
        cancel: () => gone.resolve(),
      });
    releases.files.set("download/v2.0.0/cord-linux-x64.tar.gz", () => new Response(body()));
    const someone = onLinux(user());
    someone.env["CORD_RELEASES"] = releases.base;
    const running = someone.start();
    await begun.promise;
    running.signal("SIGINT");
    expect(await running.ended).toMatchObject({
      code: 130,
      err: expect.stringContaining("stopped. Nothing was installed."),
    });
    await gone.promise;
    expect(someone.tree()).toEqual({});
  });
});

type Made = Uint8Array<ArrayBuffer> | Summed | Promise<Summed>;

interface Summed {
  summed: Uint8Array<ArrayBuffer>;
}

function summed(archive: Uint8Array<ArrayBuffer>): Summed {
  return { summed: archive };
}

async function made(entries: readonly TarEntry[]): Promise<Summed> {
  return summed(await tarGz(entries));
}

function good(): TarEntry[] {
  return contents("2.0.0", "linux-x64", stubProgram("2.0.0"));
}

function link(name: string, linkname: string): TarEntry {
  return { header: { name, linkname, type: "symlink", size: 0 } };
}
