import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { root } from "../source.ts";
import { start, type Finished, type Running } from "../machine/command.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import type { Releases } from "./releases.ts";
import { pathsBelow } from "../paths-below.ts";

/** A machine of somebody who has never had cord: an empty home, and a PATH with what install.sh asks for and nothing else. */
export interface NewUser {
  home: string;
  /** the one folder of PATH */
  tools: string;
  env: Record<string, string>;
  /** Puts a shell script in the place of a tool. */
  fake(name: string, script: string): void;
  start(...args: string[]): Running;
  install(...args: string[]): Promise<Finished>;
  /** All that is in the home folder: what each file has in it, where each link leads. */
  tree(): Record<string, string>;
}

/** As it lies in the repository: without a release, so that it needs CORD_RELEASES. */
export const installScript = join(root, "scripts/release/install.sh.template");

/** Neither Bun nor Node nor git. Of those that load and sum, each test leaves what it wants. */
export const allTools = [
  ..."cat chmod cp dirname getconf grep gzip id ldd ls mkdir mv rm rmdir sed sync sysctl tail tar tr uname".split(
    " ",
  ),
  ..."curl wget sha256sum shasum openssl timeout".split(" "),
];

export interface Options {
  /** tools that are not there */
  without?: readonly string[];
  /** what the script is run by */
  shell?: readonly string[];
  home?: string;
  script?: string;
  /** CORD_RELEASES */
  from?: Releases;
}

export function newUser({
  without = [],
  shell = ["/bin/sh"],
  home = temporaryDirectory("new-user"),
  script = installScript,
  from,
}: Options = {}): NewUser {
  const tools = temporaryDirectory("tools");
  for (const name of allTools) {
    const path = without.includes(name) ? null : Bun.which(name, { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" });
    if (path !== null) symlinkSync(path, join(tools, name));
  }
  const env: Record<string, string> = { HOME: home, PATH: tools, SHELL: "/bin/bash" };
  if (from) env["CORD_RELEASES"] = from.base;
  const startWith = (...args: string[]) => start([...shell, script, ...args], { cwd: home, env });
  return {
    home,
    tools,
    env,
    fake(name, script) {
      const path = join(tools, name);
      if (lstatSync(path, { throwIfNoEntry: false })) Bun.spawnSync(["rm", path]);
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    },
    start: startWith,
    install: (...args) => startWith(...args).ended,
    tree: () => treeOf(home),
  };
}

function treeOf(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(pathsBelow(folder).map((path) => [path, contentOf(join(folder, path))]));
}

function contentOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `→ ${readlinkSync(path)}`;
  return stat.isDirectory() ? "folder" : readFileSync(path, "latin1");
}

/** Makes the machine Linux x64 for the script, so that one archive is enough. */
export function onLinux(someone: NewUser): NewUser {
  someone.fake("uname", linux("x86_64"));
  someone.fake("ldd", "echo 'ldd (GNU libc) 2.36'");
  someone.fake("grep", cpu("avx2"));
  return someone;
}

/** What uname says there. */
export function linux(machine: string): string {
  return `case $1 in -m) echo ${machine} ;; -o) echo GNU/Linux ;; *) echo Linux ;; esac`;
}

export function darwin(machine: string): string {
  return `case $1 in -m) echo ${machine} ;; *) echo Darwin ;; esac`;
}

/** A grep that finds these flags of the processor in /proc/cpuinfo. */
export function cpu(flags: string): string {
  const grep = Bun.which("grep", { PATH: "/usr/bin:/bin" });
  return `case "$*" in */proc/cpuinfo) echo "flags : ${flags}" | exec ${grep} -q -w avx2 ;; *) exec ${grep} "$@" ;; esac`;
}
