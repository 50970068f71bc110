import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { testFiles } from "../../../scripts/test/files.ts";
import { targets } from "../../../src/core/targets.ts";
import { start } from "../../support/machine/command.ts";
import { root } from "../../support/source.ts";

const Step = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const Job = z.looseObject({
  uses: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  strategy: z.looseObject({ matrix: z.record(z.string(), z.unknown()) }).optional(),
  steps: z.array(Step).default([]),
});
const Workflow = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), Job),
});

function workflow(name: string) {
  const { jobs, permissions } = Workflow.parse(
    parse(readFileSync(join(root, ".github/workflows", name), "utf8")),
  );
  const steps = Object.values(jobs).flatMap(({ steps }) => steps);
  return { jobs, permissions, steps, runs: steps.flatMap(({ run }) => run ?? []) };
}

describe.each(["ci.yml", "release.yml"])("the workflow %s", (name) => {
  const { jobs, permissions, steps, runs } = workflow(name);

  test("runs other people's actions at a commit that cannot change under it", () => {
    const used = [...steps, ...Object.values(jobs)].flatMap(({ uses }) => uses ?? []);
    const loose = used.filter((one) => !one.startsWith("./") && !/^[\w-]+\/[\w-]+@[\da-f]{40}$/.test(one));
    expect(used.length).toBeGreaterThan(2);
    expect(loose).toEqual([]);
  });

  test("may read and nothing else, but for the two jobs of a release that attest and publish", () => {
    expect(permissions).toEqual({ contents: "read" });
    const more = Object.entries(jobs).flatMap(([job, { permissions }]) =>
      permissions === undefined ? [] : [[job, permissions]],
    );
    expect(Object.fromEntries(more)).toEqual(
      name === "ci.yml"
        ? {}
        : {
            attest: { contents: "read", "id-token": "write", attestations: "write" },
            publish: { contents: "write" },
          },
    );
  });

  test("runs scripts that are there, with nothing of a name that somebody chose put into a shell's line", () => {
    const scripts = runs.flatMap((run) => run.match(/(?:scripts|\.ci)\/[\w./-]+/g) ?? []);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(runs.filter((run) => run.includes("${{"))).toEqual([]);
  });

  test("has Bun by what package.json pins, and names no version of its own", () => {
    expect(runs.filter((run) => /bun@|\bnpx\b|(?:^|\s)bun\s/.test(run))).toEqual([]);
  });
});

test("CI runs what a person runs on a clean clone, on Linux and on macOS, and tests of the board that Windows can run there", () => {
  const { check, board } = workflow("ci.yml").jobs;
  expect(check?.strategy?.matrix).toEqual({ os: ["ubuntu-latest", "macos-latest"] });
  expect(check?.steps.at(-1)).toEqual({ run: ".ci/run" });
  expect(board?.["runs-on"]).toBe("windows-latest");
  const words = /^npm test -- (.+)$/.exec(board?.steps.at(-1)?.run ?? "")?.[1]?.split(" ") ?? [];
  expect(words.length).toBeGreaterThan(5);
  expect(words.filter((word) => testFiles([word], "win32").files.length === 0)).toEqual([]);
});

test("a release starts each target on a machine of its own kind, before it is attested and then published", () => {
  const { jobs } = workflow("release.yml");
  const Matrix = z.object({
    include: z.array(z.object({ target: z.string(), os: z.string(), image: z.string().optional() })),
  });
  const { include } = Matrix.parse(jobs["started"]?.strategy?.matrix);
  expect(include.map(({ target }) => target)).toEqual(targets.map(({ name }) => name));
  const machines = { linux: /^ubuntu-/, darwin: /^macos-/, win32: /^windows-/ };
  const arms = { linux: /-arm$/, darwin: /-(?:latest|\d+)$/, win32: /-arm$/ };
  for (const [at, { name, os, arch, libc }] of targets.entries()) {
    const machine = include[at]?.os ?? "";
    const image = include[at]?.image;
    expect({ name, machine }).toEqual({ name, machine: expect.stringMatching(machines[os]) });
    if (os !== "win32")
      expect({ name, isArm: arms[os].test(machine) }).toEqual({ name, isArm: arch === "arm64" });
    expect({ name, isAlpine: image?.startsWith("alpine:") ?? false }).toEqual({
      name,
      isAlpine: libc === "musl",
    });
  }
  expect(jobs["test"]?.uses).toBe("./.github/workflows/ci.yml");
  const needs = Object.entries(jobs).map(([name, { needs }]) => [name, needs]);
  expect(Object.fromEntries(needs)).toEqual({
    test: undefined,
    build: undefined,
    sign: "build",
    started: "sign",
    attest: ["test", "started"],
    publish: "attest",
    tap: "publish",
  });
});

test("a release asks release.ts for what it can do", async () => {
  const asked = workflow("release.yml").runs.flatMap((run) => [
    ...run.matchAll(/scripts\/release\.ts (\w+)((?: --[a-z]+)?)/g),
  ]);
  const names = new Set([...asked.map(([, name = ""]) => name), "replace"]);
  expect(names).toEqual(new Set(["build", "verify", "replace"]));
  for (const name of names) {
    const argv = [process.execPath, join(root, "scripts/release.ts"), name, "--help"];
    const { code, out } = await start(argv, { cwd: root, env: {} }).ended;
    expect(code).toBe(0);
    for (const flag of ["--repository", "--out"]) expect(out).toContain(flag);
  }
});
