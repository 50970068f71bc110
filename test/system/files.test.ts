import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  replaceFile,
  replaceFileLater,
  syncFile,
  syncFolder,
  syncFolderLater,
} from "../../src/system/durable-file.ts";
import { isRemote, isOnNetworkDisk } from "../../src/system/network-disk.ts";
import { slashed } from "../../src/system/places.ts";
import { programOnPath } from "../../src/system/program.ts";
import {
  isAnothers,
  isOpenToOthers,
  isReadOnly,
  restrict,
  writableCommand,
} from "../../src/system/rights.ts";
import { openOwn, readOwn, readSmall } from "../../src/system/small-file.ts";
import { systemThatPrints, windowsThatTells } from "../support/system/other-system.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const folder = temporaryDirectory("files");

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function failing(code: string, times: number) {
  const seen = { tries: 0, slept: 0 };
  return {
    seen,
    way: {
      rename: () => {
        seen.tries += 1;
        if (seen.tries <= times) throw Object.assign(new Error(code), { code });
      },
      sleep: (ms: number) => void (seen.slept += ms),
    },
  };
}

describe("a file that takes another's place", () => {
  test("does so at once", async () => {
    replaceFile(file("new", "2"), file("old", "1"));
    expect([readFileSync(join(folder, "old"), "utf8"), existsSync(join(folder, "new"))]).toEqual([
      "2",
      false,
    ]);
    await replaceFileLater(file("newer", "3"), join(folder, "old"));
    expect(readFileSync(join(folder, "old"), "utf8")).toBe("3");
  });

  // as Bun's renameSync failed under Wine while another handle had the file open
  test.each(["EPERM", "EBUSY", "EACCES"])("on Windows waits for who has that open: %s", (code) => {
    const { seen, way } = failing(code, 4);
    replaceFile("a", "b", "win32", way);
    expect(seen.tries).toBe(5);
  });

  test("on Windows does not wait for ever, nor for what does not pass", () => {
    const held = failing("EPERM", Infinity);
    expect(() => replaceFile("a", "b", "win32", held.way)).toThrow("EPERM");
    expect(held.seen.slept).toBeLessThan(1000);
    const gone = failing("ENOENT", Infinity);
    expect(() => replaceFile("a", "b", "win32", gone.way)).toThrow("ENOENT");
    expect(gone.seen.tries).toBe(1);
  });

  test("elsewhere waits for nobody", () => {
    const { seen, way } = failing("EPERM", 1);
    expect(() => replaceFile("a", "b", "darwin", way)).toThrow("EPERM");
    expect(seen).toEqual({ tries: 1, slept: 0 });
  });
});

test("a file and its folder are brought to the disk; on Windows no folder is", async () => {
  syncFile(file("kept", "x"));
  syncFolder(folder);
  await syncFolderLater(folder);
  syncFolder(join(folder, "not there"), "win32");
  await syncFolderLater(join(folder, "not there"), "win32");
  expect(() => syncFolder(join(folder, "not there"), "darwin")).toThrow("ENOENT");
});

function profile() {
  return {
    folders: ["C:\\Users\\ann", "D:\\roaming\\ann"],
    user: "ann",
    systemRoot: "C:\\Windows",
  };
}

describe("whose a file is", () => {
  test("is in its mode, but on Windows, where all read 666", () => {
    expect(isOpenToOthers({ mode: 0o100600 }, "darwin")).toBe(false);
    expect(isOpenToOthers({ mode: 0o100640 }, "darwin")).toBe(true);
    expect(isOpenToOthers({ mode: 0o100666 }, "win32")).toBe(false);
    expect(isAnothers({ uid: 501 }, 501)).toBe(false);
    expect(isAnothers({ uid: 502 }, 501)).toBe(true);
    expect(isAnothers({ uid: 0 }, undefined)).toBe(false);
  });

  test.each([
    ["C:\\Users\\ann\\AppData\\Local\\cord\\Data\\token", "file"],
    ["c:\\users\\ANN\\cord.db", "file"],
    ["D:\\roaming\\ann\\cord", "folder"],
  ] as const)("%s is private by the profile that it is in", (path, kind) => {
    const windows = windowsThatTells({});
    restrict(path, kind, windows, profile);
    expect(windows.asked).toEqual([]);
  });

  test("a folder that Explorer has marked read-only may be written in on Windows, and a file may not", () => {
    const [folder, file] = [true, false].map((isFolder) => ({ mode: 0o444, isDirectory: () => isFolder }));
    for (const [stats, platform, expected] of [
      [folder, "win32", false],
      [file, "win32", true],
      [folder, "linux", true],
    ] as const)
      expect(stats && isReadOnly(stats, platform)).toBe(expected);
    expect([writableCommand("win32"), writableCommand("darwin")]).toEqual(["attrib -r", "chmod u+w"]);
  });

  test("elsewhere on Windows a file gets rights of its own, and a folder hands them on", () => {
    const windows = windowsThatTells({});
    restrict("D:\\shared\\cord.db", "file", windows, profile);
    restrict("C:\\Users\\ann2\\x", "folder", windows, profile);
    expect(windows.asked).toEqual([
      "C:\\Windows\\System32\\icacls.exe D:\\shared\\cord.db /inheritance:r /grant:r ann:F *S-1-5-18:F",
      "C:\\Windows\\System32\\icacls.exe C:\\Users\\ann2\\x /inheritance:r /grant:r ann:(OI)(CI)F *S-1-5-18:(OI)(CI)F",
    ]);
  });

  test("POSIX needs no more than the mode", () => {
    const mac = systemThatPrints("darwin", {});
    restrict("/shared/cord.db", "file", mac, profile);
    expect(mac.asked).toEqual([]);
  });
});

describe("a small file", () => {
  test("of cord's own is read, and no link to one", () => {
    const path = file("small", "text");
    symlinkSync(path, join(folder, "link"));
    expect(readOwn(path, 100)?.toString()).toBe("text");
    expect(readOwn(path, 3)).toBeNull();
    expect(readOwn(join(folder, "link"), 100)).toBeNull();
    expect(readSmall(join(folder, "link"), 100)).toBe("text");
    expect(readOwn(folder, 100)).toBeNull();
    expect(() => openOwn(join(folder, "link"))).toThrow("ELOOP");
  });

  test("where the system has no flag for that, a link is looked for", () => {
    const path = file("looked", "text");
    symlinkSync(path, join(folder, "looked-link"));
    expect(() => openOwn(join(folder, "looked-link"), 0, {})).toThrow("ELOOP");
    expect(openOwn(path, 0, {})).toBeGreaterThan(0);
  });
});

test.each([
  ["linux", "/usr/bin/git", "/usr/bin/git"],
  ["darwin", "/opt/homebrew/bin/git", "/opt/homebrew/bin/git"],
  ["win32", "C:\\Program Files\\Git\\cmd\\git.EXE", "C:\\Program Files\\Git\\cmd\\git.EXE"],
  ["win32", "C:\\Users\\ann\\AppData\\Roaming\\npm\\codex.cmd", null],
  ["win32", null, null],
] as const)("a program on %s that is found as %p is started as %p", (platform, found, started) => {
  const asked: string[] = [];
  const find = (name: string, { PATH }: { PATH: string }) => {
    asked.push(`${name} on ${PATH}`);
    return found;
  };
  expect(programOnPath("git", "/bin", platform, find)).toBe(started);
  expect(asked).toEqual(["git on /bin"]);
});

test("patterns have / between their names, also where the system writes another sign", () => {
  expect(slashed("src\\a.ts", "\\")).toBe("src/a.ts");
  expect(slashed("C:\\shop\\src/**", "\\")).toBe("C:/shop/src/**");
  expect(slashed("odd\\name.ts", "/")).toBe("odd\\name.ts");
});

describe("another machine's disk", () => {
  /** As mount(8) prints on macOS. */
  const mounts = [
    "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)",
    "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)",
    `//ann@nas._smb._tcp.local/work on ${folder}/nas (smbfs, nodev, nosuid, mounted by ann)`,
    `server:/export (old) on ${folder}/nas/inner (nfs, nodev)`,
    `/dev/disk4s1 on ${folder}/nas/stick (hfs, local)`,
    "odd on ( on /x (",
    "x".repeat(100_000),
  ].join("\n");
  const mac = systemThatPrints("darwin", { "/sbin/mount": mounts });

  test.each([
    [".", false],
    ["nas", true],
    ["nas/a", true],
    ["nas/inner", true],
    ["nas/stick", false],
  ])("%s on macOS by its mounts: %p", (name, is) => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    expect(isOnNetworkDisk(path, mac)).toBe(is);
  });

  test.each([
    ["\\\\nas\\work\\cord", true],
    ["\\\\?\\UNC\\nas\\work", true],
    ["Z:\\work", true],
    ["C:\\Users\\ann", false],
  ])("%s on Windows, by its name or its drive: %p", (path, is) => {
    expect(isRemote(path, windowsThatTells({ isRemoteDrive: (root) => root === "Z:\\" }))).toBe(is);
  });

  test("this one is not", () => {
    expect(isOnNetworkDisk(folder)).toBe(false);
    expect(statSync(folder).isDirectory()).toBe(true);
  });
});
