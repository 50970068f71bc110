import { beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { dataFolder } from "../../../src/client/paths.ts";
import { isNowhere, projectNamed, topsOf, whereabouts } from "../../../src/client/project/project.ts";
import { git, repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { expectMode } from "../../support/expect-mode.ts";

/** Folders and repositories as people have them, made by the real git. */

let room: string;
beforeEach(() => {
  room = temporaryDirectory("projects");
});

function folder(...names: string[]): string {
  const path = join(room, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

const config = (at: string, text: string) => write(join(at, ".cord/config.toml"), text);
const projectOf = (path: string) => whereabouts(path).project;

describe("a repository", () => {
  test("is one project, with all that lies in it and all of its work trees, also one that was moved", () => {
    const main = repository(join(room, "shop"));
    mkdirSync(join(main, "src/deep"), { recursive: true });
    git(main, "worktree", "add", "--quiet", "../shop-1.1");
    git(main, "worktree", "add", "--quiet", join(main, ".cord/worktrees/2"));
    git(main, "worktree", "move", "../shop-1.1", "../elsewhere");
    mkdirSync(join(room, "elsewhere/src"));
    for (const path of [
      "shop",
      "shop/src/deep",
      "shop/.git",
      "elsewhere",
      "elsewhere/src",
      "shop/.cord/worktrees/2",
    ])
      expect({ path, ...whereabouts(join(room, path)) }).toEqual({ path, project: main, kind: "repository" });
  });

  test("that is bare, or keeps its git directory elsewhere, is one with its work trees", () => {
    const first = repository(join(room, "first"));
    git(room, "clone", "--quiet", "--bare", first, "shop.git");
    git(join(room, "shop.git"), "worktree", "add", "--quiet", "../work");
    expect(projectOf(join(room, "work"))).toBe(join(room, "shop.git"));
    expect(projectOf(join(room, "shop.git"))).toBe(join(room, "shop.git"));
    expect(projectOf(join(room, "shop.git/hooks"))).toBe(join(room, "shop.git"));

    git(room, "init", "--quiet", `--separate-git-dir=${join(room, "kept")}`, "apart");
    git(join(room, "apart"), "commit", "--quiet", "--allow-empty", "--message", "first");
    git(join(room, "apart"), "worktree", "add", "--quiet", "../apart-2");
    expect(projectOf(join(room, "apart"))).toBe(projectOf(join(room, "apart-2")));
  });

  test("within another is its own: a submodule, with its work trees, and a nested clone", () => {
    const library = repository(join(room, "library"));
    const app = repository(join(room, "app"));
    git(app, "submodule", "--quiet", "add", library, "library");
    git(app, "commit", "--quiet", "--message", "library");
    git(join(app, "library"), "worktree", "add", "--quiet", join(room, "library-2"));
    git(app, "clone", "--quiet", library, "vendored");
    git(app, "worktree", "add", "--quiet", "../app-2");
    git(join(room, "app-2"), "submodule", "--quiet", "update", "--init");
    expect(projectOf(join(app, "library"))).toBe(join(app, "library"));
    expect(projectOf(join(room, "library-2"))).toBe(join(app, "library"));
    expect(projectOf(join(app, "vendored"))).toBe(join(app, "vendored"));
    expect(projectOf(join(room, "app-2"))).toBe(app);
    expect(projectOf(join(room, "app-2/library"))).toBe(join(room, "app-2/library"));
  });

  test("keeps its identity when its folder is renamed, and a copy or a successor does not get it", () => {
    const before = repository(join(room, "before"));
    git(before, "worktree", "add", "--quiet", "../tree");
    expect(projectOf(before)).toBe(before);
    cpSync(before, join(room, "copy"), { recursive: true });
    const after = join(room, "after");
    renameSync(before, after);
    expect(projectOf(join(room, "copy"))).toBe(join(room, "copy"));
    expect(projectOf(after)).toBe(before);
    git(after, "worktree", "repair", join(room, "tree"));
    expect(projectOf(join(room, "tree"))).toBe(before);
    repository(before);
    expect(projectOf(before)).toBe(`${before} (2)`);
    expect(projectOf(after)).toBe(before);
    rmSync(after, { recursive: true });
    repository(after);
    expect(projectOf(after)).toBe(before);
  });

  test("is the same through a link", () => {
    const main = repository(join(room, "shop"));
    mkdirSync(join(main, "src"));
    symlinkSync(join(main, "src"), join(room, "link"));
    expect(projectOf(join(room, "link"))).toBe(main);
  });

  test("is found in its own work tree by what has to write into it", () => {
    const main = repository(join(room, "shop"));
    git(main, "worktree", "add", "--quiet", "../tree");
    expect(topsOf(join(room, "tree"))).toEqual({ top: join(room, "tree"), main });
  });
});

describe("a folder without a repository", () => {
  test("is a project of its own, also when it is renamed", () => {
    const notes = folder("notes");
    expect(whereabouts(notes)).toEqual({ project: notes, kind: "folder" });
    expect(projectOf(folder("notes", "2026"))).toBe(join(notes, "2026"));
    renameSync(notes, join(room, "diary"));
    expect(projectOf(join(room, "diary"))).toBe(notes);
    expect(projectOf(join(room, "gone"))).toBe(join(room, "gone"));
  });

  test("is none if it is the home folder or the root of the disk", () => {
    for (const path of [homedir(), "/"]) {
      expect(whereabouts(path)).toEqual({ project: "", kind: "nowhere" });
      expect(isNowhere(path)).toBe(true);
    }
    symlinkSync(homedir(), join(room, "home"));
    expect(projectOf(join(room, "home"))).toBe("");
  });
});

describe(".cord/config.toml", () => {
  test("names a project, which repositories and folders may share", () => {
    const [one, two] = [repository(join(room, "one")), folder("two")];
    for (const at of [one, two]) config(at, '# ours\nsetup = "bun install"\nproject = "shop"\n');
    mkdirSync(join(one, "src/deep"), { recursive: true });
    mkdirSync(join(two, "deep"));
    for (const at of [join(one, "src/deep"), join(two, "deep")])
      expect(whereabouts(at)).toEqual({ project: "shop", kind: "named" });
  });

  test("makes a submodule, or a nested clone with all its work trees, part of what it lies in", () => {
    const library = repository(join(room, "library"));
    config(library, 'project = ".."\n');
    git(library, "add", "--force", ".cord/config.toml");
    git(library, "commit", "--quiet", "--message", "part of it");
    const app = repository(join(room, "app"));
    git(app, "submodule", "--quiet", "add", library, "parts/library");
    git(app, "clone", "--quiet", library, "vendored");
    git(join(app, "vendored"), "worktree", "add", "--quiet", join(room, "vendored-2"));
    config(join(app, "parts/library"), 'project = "../.."\n');
    for (const path of ["app/parts/library", "app/vendored", "vendored-2"])
      expect({ path, project: projectOf(join(room, path)) }).toEqual({ path, project: app });
  });

  test("of the main work tree holds for a linked one that has none", () => {
    const main = repository(join(room, "shop"));
    git(main, "worktree", "add", "--quiet", "../tree");
    config(main, 'project = "named"');
    expect(projectOf(join(room, "tree"))).toBe("named");
  });

  test("that names no project says nothing", () => {
    const main = repository(join(room, "shop"));
    config(main, 'setup = "bun install"');
    expect(projectOf(main)).toBe(main);
  });

  test.each([
    ["an end too early", "project = ", "is not TOML"],
    ["a number", "project = 7", "must be a text"],
    ["nothing", 'project = ""', "a project is a name"],
    ["a control character", 'project = "a\\u001b[31m"', "a project is a name"],
    ["too much", `project = "${"x".repeat(200)}"`, "a project is a name"],
    ["itself", 'project = "."', "a path upwards"],
    ["two things", 'project = "src"\n[project]', "is not TOML"],
    ["a folder beside", 'project = "../beside"', "a path upwards"],
    ["a folder below", 'project = "sub/folder"', "a path upwards"],
    ["a folder elsewhere", 'project = "/nowhere/at/all"', "a path upwards"],
    ["the home folder", 'project = "~"', "a project is a name"],
    ["a book", `x = "${"x".repeat(70_000)}"`, "larger than 64 KiB"],
  ])("that says %s is refused in a sentence", (_, text, said) => {
    const main = repository(join(room, "shop"));
    folder("beside");
    config(main, text);
    expect(() => whereabouts(main)).toThrow(said);
  });
});

test.each<[string, string | Uint8Array]>([
  ["huge", `gitdir: ${"x".repeat(100_000)}`],
  ["binary", new Uint8Array(300).map((_, at) => at % 256)],
  ["a path with a NUL", "gitdir: /tmp/\0x"],
  ["a way to itself", "gitdir: .git"],
  ["a way to nowhere", "gitdir: /nowhere/at/all"],
  ["a way to a file", "gitdir: /etc/passwd"],
  ["several lines", "gitdir: /tmp\ngitdir: /var"],
  ["empty", ""],
])("a .git file that is %s makes its folder a project, and nothing else", (_, text) => {
  const at = folder("odd");
  write(join(at, ".git"), text);
  mkdirSync(join(at, "src"));
  expect(projectOf(join(at, "src"))).toBe(at);
});

test("a .git that is a loop of links, a pipe, or names a common directory in circles is borne", () => {
  const loop = folder("loop");
  symlinkSync(".git", join(loop, ".git"));
  expect(projectOf(loop)).toBe(loop);
  const pipe = folder("pipe");
  Bun.spawnSync(["mkfifo", join(pipe, ".git")]);
  expect(projectOf(pipe)).toBe(pipe);
  const circle = folder("circle");
  write(join(circle, ".git/commondir"), "../.git\n");
  expect(projectOf(circle)).toBe(circle);
});

test("what is remembered of folders is the user's only, bounded, and no reason to fail", () => {
  const file = join(dataFolder(), "projects");
  expect(projectOf(folder("a"))).toBe(join(room, "a"));
  expectMode(file, 0o600);
  const many = Array.from({ length: 10_500 }, (_, at) =>
    JSON.stringify({ id: `${at}-1`, key: `/x/${at}`, at: `/x/${at}` }),
  );
  writeFileSync(file, `${many.join("\n")}\n`);
  projectOf(folder("b"));
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(10_000);
  expect(readFileSync(file, "utf8")).toContain(join(room, "b"));
  writeFileSync(file, new Uint8Array(5000).fill(255));
  expect(projectOf(folder("b"))).toBe(join(room, "b"));
  rmSync(file);
  write(join(room, "other"), "untouched");
  symlinkSync(join(room, "other"), file);
  expect(projectOf(folder("b"))).toBe(join(room, "b"));
  expect(readFileSync(join(room, "other"), "utf8")).toBe("untouched");
  rmSync(file, { recursive: true });
  mkdirSync(file);
  expect(projectOf(folder("b"))).toBe(join(room, "b"));
  rmSync(file, { recursive: true });
});

test("a person names a project by its name, by a folder in it, or as a list shows it", () => {
  const main = repository(join(room, "shop"));
  mkdirSync(join(main, "src"));
  expect(projectNamed("shop", "/")).toBe("shop");
  expect(projectNamed("./src", main)).toBe(main);
  expect(projectNamed("..", join(main, "src"))).toBe(main);
  expect(projectNamed("~", main)).toBe("");
  expect(projectNamed("/was/here", main)).toBe("/was/here");
  expect(() => projectNamed("../nothing", main)).toThrow("There is no folder");
  expect(() => projectNamed("a\nb", main)).toThrow("--project: a project is a name");
});
