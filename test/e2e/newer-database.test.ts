import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";

/** A machine whose cord was put back to an older version: the database is of a newer one. */
async function downgraded(board: Board): Promise<string> {
  await board.cord("send", "kept");
  await board.cord("daemon", "stop");
  const path = join(board.data, "cord/cord.db");
  const database = new Database(path);
  database.run("PRAGMA user_version = 9999");
  database.run("UPDATE writers SET version = '999.0.0', schema = 9999");
  database.close();
  return path;
}

test("a newer cord's database is refused by all that would open it, with its version and what to do, and stays as it is", async () => {
  await using board = await startBoard();
  const path = await downgraded(board);
  const before = readFileSync(path);
  const said =
    /The database \S+ was made by cord 999\.0\.0 \(schema 9999\), and this is cord \S+, which knows \d+\. Update cord to 999\.0\.0 or newer \(cord upgrade\), or choose another database with CORD_DB=FILE \(or cord serve --db FILE\)\.\n$/;
  const served = await board.cord("serve", "--addr", new URL(board.url).host);
  expect(served).toMatchObject({ code: 1, err: expect.stringMatching(said) });
  // nothing of it passes by waiting, so nobody waits
  for (const args of [["send", "x"], ["wait", "--timeout", "60"], ["run", "A goal", "--rehearse"], ["mcp"]]) {
    const refused = await board.cord(...args);
    if (args[0] !== "mcp") expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(said) });
  }
  expect(board.daemons()).toEqual([]);
  const doctor = await board.cord("doctor", "--json");
  const findings: { name: string; status: string; detail: string; fix?: string }[] = JSON.parse(
    doctor.out,
  ).findings;
  expect(findings.filter(({ name, status }) => name === "database" && status === "failed")).toMatchObject([
    { detail: expect.stringContaining("made by cord 999.0.0"), fix: expect.stringContaining("cord upgrade") },
  ]);
  expect(readFileSync(path).equals(before)).toBe(true);
});
