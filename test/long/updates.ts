import { expect, test } from "bun:test";
import { newerBinary, newerVersion } from "../support/machine/binary.ts";
import { startBoard } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { haveSent, sender, taskNames } from "../support/senders.ts";

/**
 * Many updates in a row under load, and what the first command of the newer version takes: `bun run test:long`. UPDATES says how
 * many (50).
 */

const updates = Number(process.env["UPDATES"] ?? 50);

test(`${updates} changes from an older daemon to a newer one, and back by hand, lose nothing that was acknowledged`, async () => {
  const newer = await newerBinary();
  await using board = await startBoard();
  await board.serve();
  const senders = ["one", "two", "three", "four"].map((name) => sender(board, name));
  const tookMs: number[] = [];
  const cord = (...args: string[]) => start([newer, ...args], { cwd: board.cwd, env: board.env }).ended;
  for (let round = 0; round < updates; round += 1) {
    await haveSent(senders, 20);
    const began = performance.now();
    expect(await cord("send", `round ${round}`)).toMatchObject({ code: 0, err: "" });
    tookMs.push(performance.now() - began);
    const { version } = await board.client.call("daemon/describe", {});
    expect(version).toBe(newerVersion);
    await haveSent(senders, 20);
    expect((await cord("daemon", "stop")).code).toBe(0);
    await board.serve();
  }
  await Promise.all(senders.map(({ end }) => end()));
  const sent = senders.flatMap((one) => one.sent);
  const rounds = Array.from({ length: updates }, (_, round) => `round ${round}`);
  expect(taskNames(board)).toEqual([...sent, ...rounds].toSorted());
  const sorted = tookMs.toSorted((one, other) => one - other).map(Math.round);
  console.log(
    `The first command of a newer version took ${sorted[0]} to ${sorted.at(-1)} ms, in the middle ${sorted[Math.floor(sorted.length / 2)]} ms, over ${updates} updates; ${sent.length} tasks were sent meanwhile.`,
  );
}, 900_000);
