import { expect, test } from "bun:test";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { followEvents } from "../../src/client/events.ts";
import { healthOf } from "../../src/client/daemon/look.ts";
import { call, gate, say } from "../support/claude/model.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { newerBinary, newerVersion } from "../support/machine/binary.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start, type Finished } from "../support/machine/command.ts";
import type { Machine } from "../support/machine/machine.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";
import { haveSent, sender, taskNames, waitingClient } from "../support/senders.ts";
import { until } from "../support/until.ts";

/**
 * An update: a program of a newer version meets the daemon of an older one. The newer is the same
 * program under another version, so that only the change itself is tested here.
 */

const newer = await newerBinary();

/** A command of the newer program. */
const startNewer = ({ cwd, env }: Machine, ...args: string[]) => start([newer, ...args], { cwd, env });
const cordNewer = (machine: Machine, ...args: string[]): Promise<Finished> =>
  startNewer(machine, ...args).ended;

const logOf = ({ data }: Machine) => readFileSync(join(data, "cord/daemon.log"), "utf8");

/** How many daemons have come up. */
const startsOf = (machine: Machine) => logOf(machine).match(/^cord serve: listening on /gm)?.length ?? 0;

async function versionAt({ url, token }: Machine): Promise<string | undefined> {
  return (await healthOf(url, { token }).catch(() => null))?.version;
}

const isQuiet = { code: 0, err: "" };

/** All events of the daemon from the first on, as they come. */
function listener(board: Board) {
  const [seqs, quit] = [[] as number[], new AbortController()];
  const loop = async () => {
    for await (const { seq } of followEvents(waitingClient(board), {}, 0, quit.signal)) seqs.push(seq);
  };
  const ended = loop();
  return { seqs, end: () => (quit.abort(), ended) };
}

test("an update loses nothing: sends at full speed, claims, waits, an open tab, a stream of events and the vault go on", async () => {
  await using board = await startBoard();
  const vault = join(board.cwd, "vault");
  board.env["CORD_VAULT"] = vault;
  await board.serve();
  const task = JSON.parse((await board.cord("send", "claimed", "--json")).out);
  const claimed = JSON.parse((await board.cord("claim", task.id, "--as", "me", "--json")).out);
  await using tab = await stdioTab(board);
  const held = (
    await tab.call("tasks_claim", { id: (await tab.call("tasks_send", { name: "held" })).value["id"] })
  ).value;
  const waits = ["a", "b", "c"].map((kind) =>
    board.start("wait", "--kind", `later-${kind}`, "--timeout", "60"),
  );
  await until("the waits", async () => (await board.client.call("daemon/describe", {})).clients >= 4);
  const events = listener(board);
  const senders = ["one", "two", "three", "four"].map((name) => sender(board, name));
  await haveSent(senders, 50);
  expect(await cordNewer(board, "send", "first of the newer", "--kind", "later-a")).toMatchObject(isQuiet);
  expect(await versionAt(board)).toBe(newerVersion);
  await haveSent(senders, 50);
  await Promise.all(senders.map(({ end }) => end()));
  // the programs of the older version go on with the newer daemon, which stays
  for (const kind of ["later-b", "later-c"]) await board.cord("send", "found", "--kind", kind);
  for (const wait of waits) expect(await wait.ended).toMatchObject(isQuiet);
  const fence = { id: task.id, agentId: "me", epoch: claimed.epoch };
  expect(await board.client.call("tasks/complete", fence)).toMatchObject({ ok: true });
  const completed = await tab.call("tasks_complete", {
    id: held["id"],
    epoch: held["epoch"],
    result: "Done.",
  });
  expect(completed).toMatchObject({ value: { ok: true } });
  expect(await versionAt(board)).toBe(newerVersion);
  // one that a client of the older version has started in between goes by itself
  await until("the end of others", () => board.daemons().length === 1);

  const tasks = taskNames(board);
  const names = tasks.filter((name) => /^(?:one|two|three|four) \d+$/.test(name));
  expect(names).toEqual(senders.flatMap(({ sent }) => sent).toSorted());
  const { seq } = await board.client.call("daemon/status", {});
  await until("the last event", () => events.seqs.at(-1) === seq);
  await events.end();
  expect(events.seqs).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
  const notes = () => readdirSync(join(vault, "tasks")).length;
  await until("all notes", () => notes() === tasks.length);
});

test("a wait whose own program was replaced starts what lies there now when it needs a daemon", async () => {
  await using board = await startBoard();
  await board.serve();
  const [program, next] = [join(board.cwd, "mine"), join(board.cwd, "next")];
  copyFileSync(board.binary, program);
  linkSync(newer, next);
  const wait = start([program, "wait", "--kind", "later", "--timeout", "60"], board);
  await until("the wait", async () => (await board.client.call("daemon/status", {})).watchers >= 1);
  renameSync(next, program);
  await board.killDaemon();
  await until("another daemon", async () => (await versionAt(board)) === newerVersion);
  await board.cord("send", "found", "--kind", "later");
  expect(await wait.ended).toMatchObject({ code: 0, out: expect.stringContaining("found") });
});

test("a run whose agent is at work goes on under the newer daemon, with its engine of the older version", async () => {
  const { open, opened } = gate();
  await using world = await runWorld(
    roles({
      "#1": async ({ stepSincePrompt }) => {
        if (stepSincePrompt > 0) return say("Done.");
        await opened;
        return call("complete", { result: "Across." });
      },
    }),
  );
  const run = world.start("run", "Go on", "--json");
  await world.model.waitFor(({ node }) => node === "#1");
  expect(await cordNewer(world, "status")).toMatchObject(isQuiet);
  expect(await versionAt(world)).toBe(newerVersion);
  open();
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "Across.", nodes: [{ attempts: 1 }] });
  const plan = "# Rehearsed\n\n1. First\n2. Then\n";
  writeFileSync(join(world.cwd, "plan.md"), plan);
  world.env["CORD_REHEARSAL_MS"] = "0";
  expect((await world.cord("run", "plan.md", "--rehearse")).code).toBe(0);
  expect(await versionAt(world)).toBe(newerVersion);
});

test("a bridge and a run of the newer version replace an older daemon as a command does", async () => {
  await using board = await startBoard();
  board.env["CORD_REHEARSAL_MS"] = "0";
  const uses = [
    async () => {
      await using tab = await stdioTab({ ...board, argv: (...args) => [newer, ...args] });
      expect((await tab.call("tasks_list")).error).toBeUndefined();
    },
    async () => expect((await cordNewer(board, "run", "A goal", "--rehearse")).code).toBe(0),
  ];
  for (const use of uses) {
    await board.serve();
    expect(await versionAt(board)).not.toBe(newerVersion);
    await use();
    expect(await versionAt(board)).toBe(newerVersion);
    await board.kill();
  }
});

test("of many newer programs that meet an older daemon at once, one replaces it, and all go on", async () => {
  await using board = await startBoard();
  await board.serve();
  const sends = Array.from({ length: 6 }, (_, number) => startNewer(board, "send", `task ${number}`));
  for (const { ended } of sends) expect(await ended).toMatchObject(isQuiet);
  expect(startsOf(board)).toBe(2);
  expect(taskNames(board)).toHaveLength(6);
  await until("the end of the others", () => board.daemons().length === 1);
  expect(await versionAt(board)).toBe(newerVersion);
});

test("a kill in the middle of the change, of the old daemon or of the new one, costs nothing that was acknowledged", async () => {
  await using board = await startBoard();
  for (const killed of ["older", "newer", "newer once it has the address"]) {
    await board.kill();
    expect(await board.cord("send", killed)).toMatchObject(isQuiet);
    const [{ pid: old } = { pid: 0 }] = board.daemons();
    const command = startNewer(board, "send", `${killed}, after`);
    const isNew = ({ pid }: { pid: number }) => pid !== old;
    await until("the new daemon", () => board.daemons().some(isNew), { everyMs: 1 });
    if (killed === "newer once it has the address")
      await until("its start", async () => (await versionAt(board)) === newerVersion, { everyMs: 1 });
    await board.kill(
      (found) =>
        board.daemons().some(({ pid }) => pid === found.pid) && isNew(found) !== (killed === "older"),
    );
    expect((await command.ended).code).toBe(0);
    expect(await cordNewer(board, "status")).toMatchObject({ code: 0 });
    expect(await versionAt(board)).toBe(newerVersion);
  }
  const tasks = taskNames(board);
  const expected = ["older", "newer", "newer once it has the address"].flatMap((name) => [
    name,
    `${name}, after`,
  ]);
  expect(tasks).toEqual(expected.toSorted());
});

test("a daemon that cannot be replaced goes on, is used, and a person is told why and what to do", async () => {
  await using board = await startBoard();
  await board.serve();
  const [before] = board.daemons();
  // one that is called by a token of another place is not this folder's to replace
  const env = { ...board.env, CORD_TOKEN: board.token };
  const called = await start([newer, "tasks", "--json"], { cwd: board.cwd, env }).ended;
  expect(called).toMatchObject({ code: 0, out: "[]\n", err: expect.stringContaining("cord daemon restart") });
  const log = join(board.data, "cord/daemon.log");
  rmSync(log);
  mkdirSync(log);
  const { code, err } = await cordNewer(board, "send", "with the older one");
  expect(code).toBe(0);
  expect(err).toMatch(
    /^cord: the daemon at \S+ \(pid \d+\) is version \S+, and this is 999\.0\.0\. It could not be replaced: .*daemon\.log.*: cord daemon restart --url \S+\n$/,
  );
  expect(board.daemons().map(({ pid }) => pid)).toEqual([before?.pid ?? 0]);
  expect(taskNames(board)).toEqual(["with the older one"]);
  const { out } = await cordNewer(board, "daemon", "--json");
  expect(JSON.parse(out)).toMatchObject({
    program_version: newerVersion,
    update: expect.stringContaining("the next command"),
  });
});

test("a daemon that a person has started is told who takes its place, and that one stays until a person starts another", async () => {
  await using board = await startBoard();
  const host = new URL(board.url).host;
  const byHand = board.start("serve", "--addr", host);
  await byHand.says("listening on");
  const { out } = await cordNewer(board, "daemon", "--json");
  expect(JSON.parse(out)).toMatchObject({ update: expect.stringContaining("the next command") });
  expect(await cordNewer(board, "send", "across")).toMatchObject(isQuiet);
  const { code, err } = await byHand.ended;
  expect(code).toBe(0);
  expect(err).toMatch(
    /\ncord serve: cord 999\.0\.0 takes its place, and goes on in the background\. To end that: cord daemon stop --url \S+\n$/,
  );
  expect(taskNames(board)).toEqual(["across"]);
  expect(JSON.parse((await board.cord("daemon", "--json")).out)).toMatchObject({
    version: newerVersion,
    idle_exit_seconds: null,
    update: expect.stringContaining("is older and goes on with it"),
  });
  const again = await board.cord("serve", "--addr", host);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("cord daemon stop") });
  expect(await versionAt(board)).toBe(newerVersion);
  const next = startNewer(board, "serve", "--addr", host);
  await next.says("listening on");
  await until("the end of the one before", () => board.daemons().length === 1);
  expect(board.daemons().map(({ pid }) => pid)).toEqual([next.pid]);
});

test("a daemon in memory is replaced by nobody, since what it has would be lost", async () => {
  await using board = await startBoard();
  const byHand = board.start("serve", "--addr", new URL(board.url).host, "--db", ":memory:");
  await byHand.says("listening on");
  expect(await board.cord("send", "kept")).toMatchObject(isQuiet);
  const told = await cordNewer(board, "tasks", "--json");
  expect(told.err).toMatch(
    /^cord: the daemon at \S+ \(pid \d+\) is version \S+, and this is 999\.0\.0\. .*: cord daemon restart --url \S+\n$/,
  );
  expect(JSON.parse(told.out)).toMatchObject([{ name: "kept" }]);
});
