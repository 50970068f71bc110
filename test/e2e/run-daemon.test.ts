import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { freePort } from "../support/machine/free-port.ts";
import { call, gate, say, type Script } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** What becomes of a run whose daemon goes away, moves, hangs, or cannot write. */

/** Whether the daemon has taken what the agent handed in. */
const isTaken = (messages: unknown) => JSON.stringify(messages).includes('\\"completed\\"');

/** One node, whose agent says `last` when it is let go on. */
function oneNode(last: ReturnType<Script>) {
  const { open, opened } = gate();
  const script = roles({
    "#1": async ({ messages }) => {
      await opened;
      return isTaken(messages) ? say("Done.") : last;
    },
  });
  return { script, open };
}

const databaseOf = (world: World) => join(world.env["XDG_DATA_HOME"] ?? "", "cord/cord.db");

test("a daemon that was restarted on another port is found there, and agents at work hand in to it", async () => {
  const { script, open } = oneNode(call("complete", { result: "From the new place." }));
  await using world = await runWorld(script);
  const run = world.start("run", "Follow the daemon", "--json");
  await world.model.waitFor(({ node }) => node === "#1");
  expect((await world.cord("daemon", "stop")).code).toBe(0);
  const there = `127.0.0.1:${await freePort()}`;
  await world.start("serve", "--addr", there).says("listening");
  await run.says(`The daemon listens at http://${there}/ now`);
  open();
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "From the new place.", nodes: [{ attempts: 1 }] });
});

test("with a daemon that is stopped a run says so, the second Ctrl-C ends it, and it can be resumed", async () => {
  await using world = await runWorld(roles({ "#1": () => ({ hang: true }) }));
  const run = world.start("run", "Wait for ever");
  await world.model.waitFor(({ node }) => node === "#1");
  const { pid } = world.daemon();
  process.kill(pid, "SIGSTOP");
  const late = world.start("run", "Too late");
  const stopped = `The cord daemon (pid ${pid}) at ${world.url} is stopped. Let it go on with "kill -CONT ${pid}"`;
  await late.says(stopped);
  late.signal("SIGINT");
  await late.ended;
  run.signal("SIGINT");
  await until("the end of the agents", () => world.agents().length === 0);
  run.signal("SIGINT");
  const { code, err } = await run.ended;
  expect(code).toBe(130);
  expect(err.trimEnd().split("\n").at(-1)).toMatch(
    /^cord run: The run was interrupted\. .*cord run --resume \S+$/,
  );
  process.kill(pid, "SIGCONT");
});

test("a daemon that is stopped for a while and goes on costs a run nothing", async () => {
  const { script, open } = oneNode(say("In the end."));
  await using world = await runWorld(script);
  const run = world.start("run", "Be patient", "--json");
  await world.model.waitFor(({ node }) => node === "#1");
  const { pid } = world.daemon();
  process.kill(pid, "SIGSTOP");
  open();
  await run.says("is stopped. Let it go on with");
  process.kill(pid, "SIGCONT");
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "In the end.", nodes: [{ attempts: 1 }] });
});

test("a result that is handed in while another program has the database locked is handed in again", async () => {
  const { script, open } = oneNode(say("Worth keeping."));
  await using world = await runWorld(script);
  const run = world.start("run", "Wait for the lock", "--json");
  await world.model.waitFor(({ node }) => node === "#1");
  const other = new Database(databaseOf(world));
  other.run("BEGIN IMMEDIATE");
  open();
  await run.says("Another program holds the database");
  other.run("ROLLBACK");
  other.close();
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "Worth keeping.", nodes: [{ attempts: 1 }] });
});

/** Hands in until that was taken. */
const persistent: Script = ({ messages, stepSincePrompt }) =>
  isTaken(messages) || stepSincePrompt > 50 ? say("Done.") : call("complete", { result: "A part." });

test("a daemon that is killed again and again fails no node", async () => {
  const children = ["#2", "#3", "#4", "#5", "#6", "#7"];
  await using world = await runWorld(
    roles({
      "#1": [...children.map((goal) => call("create", { goal })), call("complete", { result: "Planned." })],
      ...Object.fromEntries(children.map((child) => [child, persistent])),
      "#1 synthesis": persistent,
    }),
  );
  const run = world.start("run", "Bear it", "--jobs", "3", "--json");
  await world.model.waitFor(({ node }) => node === "#2");
  const killed = new Set<number>();
  const next = () => world.processes().find(({ pid, argv }) => argv[1] === "serve" && !killed.has(pid));
  for (let kills = 0; kills < 8; kills += 1) {
    await until("the next daemon", () => next() !== undefined);
    const { pid = 0 } = next() ?? {};
    killed.add(pid);
    process.kill(pid, "SIGKILL");
  }
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  const { nodes } = JSON.parse(out);
  expect(nodes.map(({ status }: { status: string }) => status)).toEqual(nodes.map(() => "complete"));
});
