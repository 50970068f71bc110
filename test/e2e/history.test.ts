import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqlite } from "../../src/store/database/sqlite.ts";
import { archivedBoard, dayMs } from "../support/history/archived-board.ts";
import { startMachine, type Machine } from "../support/machine/machine.ts";
import { textField } from "../support/operations/rig.ts";

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.kill())));

async function fresh(): Promise<Machine> {
  const machine = await startMachine();
  machines.push(machine);
  machine.env["XDG_CONFIG_HOME"] = join(machine.home, ".config");
  mkdirSync(join(machine.home, ".config/cord"), { recursive: true });
  mkdirSync(join(machine.cwd, ".cord"));
  return machine;
}

const say = ({ home }: Machine, text: string) => writeFileSync(join(home, ".config/cord/config.toml"), text);

/** A database of cord's own with a task that was archived, numbered 1, and another. */
async function archivedTask(machine: Machine): Promise<string> {
  const board = archivedBoard(
    openSqlite(join(machine.data, "cord/cord.db")),
    join(machine.data, "cord/history"),
  );
  const send = async (name: string) =>
    textField(await board.call("tasks/send", { name, kind: "ack", payload: { sha: name } }), "id");
  const id = await send("stable");
  await send("newest");
  for (let day = 0; day < 120; day += 1) {
    board.advance(dayMs);
    if (day > 105) await board.seen();
  }
  expect((await board.roll()).tasks).toBe(1);
  await board.close();
  return id;
}

test("cord show reads an archived task, by its number and by its id, and other commands say where it is", async () => {
  const machine = await fresh();
  const id = await archivedTask(machine);
  for (const named of ["1", id, id.slice(0, 13)]) {
    const { out, err, code } = await machine.cord("show", named);
    expect(out).toContain("stable");
    expect(err).toMatch(/It was archived on 20\d\d-\d\d-\d\d, in 2026-01-01\.jsonl\.gz\./);
    expect(code).toBe(0);
  }
  const json = JSON.parse((await machine.cord("show", "1", "--json")).out);
  expect(json).toMatchObject({
    id,
    state: "completed",
    payload: { sha: "stable" },
    archived: { file: "2026-01-01.jsonl.gz" },
  });
  const claimed = await machine.cord("claim", "1", "--as", "ann");
  expect(claimed.err).toContain(`"cord show ${id}" reads it there`);
  expect((await machine.cord("show", "4711")).err).toContain("4711");
});

test("how long the history is kept is the user's own to say: what is wrong is named with its line, and takes nothing away", async () => {
  const machine = await fresh();
  expect((await machine.cord("config")).out).toMatch(/history\.keep\s+90d\s+default/);
  say(machine, '[history]\nkeep = "30d"\n');
  expect((await machine.cord("config")).out).toMatch(
    /history\.keep\s+30d\s+~\/\.config\/cord\/config\.toml:2/,
  );
  expect((await machine.cord("daemon", "restart")).code).toBe(0);
  expect((await machine.cord("daemon", "status")).out).toContain(
    `kept for 30d, then in ${machine.data}/cord/history`,
  );
  say(machine, '[history]\nkeep = "soon"\n');
  expect((await machine.cord("config")).err).toMatch(/config\.toml:2: Keep in \[history\] cannot be so/);
  await machine.cord("daemon", "restart");
  const { out } = await machine.cord("daemon", "status");
  expect(out).toMatch(/config\.toml:2: Keep in \[history\] cannot be so.* all of the history is kept/s);
  expect((await machine.cord("doctor")).out).toContain("all of the history is kept");
  say(machine, "");
  writeFileSync(join(machine.cwd, ".cord/config.toml"), '[history]\nkeep = "1d"\n');
  expect((await machine.cord("config")).err).toMatch(
    /\.cord\/config\.toml:2: How much is kept of all your projects/,
  );
  expect((await machine.cord("doctor")).out).toMatch(
    /✗ settings +\S+config\.toml:2: How much is kept of all your projects/,
  );
});
