import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { version } from "../../src/core/version.ts";
import { start } from "../support/machine/command.ts";
import { startMachine, type Machine } from "../support/machine/machine.ts";
import { newUser } from "../support/release/installing.ts";
import { serveReleases, stubProgram, type Releases } from "../support/release/releases.ts";

/** The real cord on a bare machine, from the script to its end: no Bun, no Node, no git, and a PATH of a few tools. */

setDefaultTimeout(180_000);

test("cord as install.sh brings it works on a bare machine, is upgraded while its daemon runs, and goes again", async () => {
  using releases = serveReleases();
  const machine = await startMachine();
  const { install, cord } = await bareMachine(machine, releases);
  await releases.publish("0.0.1");
  expect(await install()).toMatchObject({ code: 0, err: "" });
  const receiptFile = join(machine.data, "cord/installed.json");
  const { target, path } = JSON.parse(readFileSync(receiptFile, "utf8"));
  await releases.publish(version, readFileSync(machine.binary), [target]);
  expect((await install()).out).toContain(
    `installed    cord ${version} in place of 0.0.1: ~/.local/bin/cord\n`,
  );

  writeFileSync(join(machine.cwd, "plan.md"), "# A plan\n\n1. First\n2. Then\n");
  expect(await cord("init", "--yes")).toMatchObject({ code: 0 });
  expect(await cord("send", "a first task", "--as", "me", "--json")).toMatchObject({ code: 0, err: "" });
  expect(await cord("top", "--once")).toMatchObject({
    code: 0,
    out: expect.stringContaining("a first task"),
  });
  const run = await cord("run", "plan.md", "--rehearse");
  expect(run).toMatchObject({ code: 0, out: expect.stringContaining('Rehearsal of #1 "A plan"') });

  const [daemon] = machine.daemons();
  await refusedUpgrades(releases, target, cord);
  expect(await cord("--version")).toMatchObject({ out: `${version}\n` });
  await releases.publish("9.0.0");
  expect(await cord("upgrade", "--check")).toMatchObject({
    code: 0,
    out: `cord 9.0.0 is there; this is ${version}. Get it: cord upgrade\n`,
  });
  const pages = dirname(fileNamed("cord.1", JSON.parse(readFileSync(receiptFile, "utf8")).files));
  rmSync(pages, { recursive: true });
  const done = await cord("upgrade");
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining(`cord ${version} → 9.0.0: ${path}\n`) });
  expect(readFileSync(path, "utf8")).toBe(stubProgram("9.0.0"));
  const receipt = JSON.parse(readFileSync(receiptFile, "utf8"));
  expect(receipt).toMatchObject({ version: "9.0.0", from: releases.base });
  // what its user has removed stays so
  expect(existsSync(pages)).toBe(false);
  for (const file of receipt.files)
    if (dirname(file) !== pages) expect(readFileSync(file, "utf8")).toContain("9.0.0");
  expect(machine.daemons().map(({ pid }) => pid)).toEqual([Number(daemon?.pid)]);
  expect(await machine.client.call("tasks/list", {})).toMatchObject([{ name: "a first task" }]);

  expect((await install("--version", version)).code).toBe(0);
  const gone = await install("--uninstall");
  expect(gone).toMatchObject({ code: 0, err: "" });
  for (const file of [path, receiptFile, ...receipt.files]) expect(existsSync(file)).toBe(false);
  expect(machine.daemons()).toEqual([]);
  expect(existsSync(join(machine.data, "cord/cord.db"))).toBe(true);
});

function fileNamed(name: string, files: readonly string[]): string {
  return files.find((file) => basename(file) === name) ?? "";
}

type Cord = (...args: string[]) => ReturnType<Machine["cord"]>;

async function bareMachine(machine: Machine, releases: Releases): Promise<{ install: Cord; cord: Cord }> {
  const user = newUser({ home: machine.home, from: releases });
  Object.assign(user.env, { ...machine.env, PATH: user.tools, CORD_REHEARSAL_MS: "0" });
  const path = join(machine.home, ".local/bin/cord");
  const cord: Cord = (...args) => start([path, ...args], { cwd: machine.cwd, env: user.env }).ended;
  return { install: user.install, cord };
}

/** What cord upgrade does not do, each time with the program as it was. */
async function refusedUpgrades(releases: Releases, target: string, cord: Cord): Promise<void> {
  expect(await cord("upgrade")).toMatchObject({ code: 0, out: `This is cord ${version} already.\n` });
  await releases.publish("0.0.2", stubProgram("0.0.2"), [target]);
  expect(await cord("upgrade")).toMatchObject({
    code: 1,
    err: expect.stringContaining("cord upgrade --version 0.0.2"),
  });
  const name = `download/v9.0.0/cord-${target}.tar.gz`;
  await releases.publish("9.0.0", stubProgram("9.0.0"), [target]);
  const whole = releases.files.get(name);
  releases.files.set(name, "cut off");
  expect(await cord("upgrade")).toMatchObject({
    code: 1,
    err: expect.stringContaining("is not what was released"),
  });
  releases.files.delete(name);
  expect(await cord("upgrade")).toMatchObject({
    code: 1,
    err: expect.stringContaining("the server says 404. Look whether that release is there"),
  });
  if (whole) releases.files.set(name, whole);
  await releases.publish("9.0.1", stubProgram("9.0.0"), [target]);
  expect(await cord("upgrade")).toMatchObject({ code: 1, err: expect.stringContaining("says that it is") });
  await releases.publish("9.0.2", "#!/nothing\n", [target]);
  expect(await cord("upgrade", "--version", "v9.0.2")).toMatchObject({
    code: 1,
    err: expect.stringContaining("does not start on this machine"),
  });
}
