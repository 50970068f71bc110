import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { startBoard, type Board } from "../support/machine/board.ts";
import { hostile, unsafe } from "../support/hostile.ts";
import { rpcCall } from "../support/rpc.ts";

/** The board's commands, as processes, against a daemon that the first of them started. */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

const Sent = z.object({ id: z.string(), name: z.string(), state: z.string() });

async function send(...args: string[]): Promise<z.infer<typeof Sent>> {
  const { code, out, err } = await board.cord("send", ...args, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return Sent.parse(JSON.parse(out));
}

describe("what the daemon does not take", () => {
  test.each([
    [
      "claim",
      ["12345678", "--as", "a".repeat(200)],
      "--as must be a text of 1 to 128 characters; it has 200 characters.",
    ],
    ["send", [""], "<name> must be a text of 1 to 256 characters; it is empty."],
    [
      "send",
      ["x", "--kind", "k".repeat(65)],
      "--kind must be a text of 1 to 64 characters; it has 65 characters.",
    ],
    [
      "send",
      ["x", "--needs", `a1b2,${"b".repeat(65)}`],
      "item 2 of --needs must be a text of 1 to 64 characters; it has 65 characters.",
    ],
    [
      "complete",
      ["12345678", "--ack", "n".repeat(300)],
      "--ack must be a text of 1 to 256 characters; it has 300 characters.",
    ],
  ])("is told by cord %s under the flag's own name", async (name, args, sentence) => {
    const { code, err } = await board.cord(name, ...args);
    expect({ code, err }).toEqual({ code: 64, err: `cord ${name}: ${sentence}\n` });
  });
});

describe("a task on the board", () => {
  test("goes from send to complete by its printed id, and its ack is found by who only lists", async () => {
    const bug = await send("Login fails", "--kind", "bug", "--payload", '{"file":"login.ts"}');
    const listed = await board.cord("tasks", "--kind", "bug", "--state", "pending");
    const [, row = ""] = listed.out.split("\n");
    const printed = row.split(" ")[0] ?? "";
    expect(bug.id).toStartWith(printed);

    expect(await board.cord("claim", printed, "--as", "alice")).toMatchObject({ code: 0, err: "" });
    const late = await board.cord("claim", printed, "--as", "bob");
    expect(late).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(
        /^cord claim: task is not claimable: it is claimed by alice until \d{4}-.*Z \(in 5 min\)\n$/,
      ),
    });
    expect(await board.cord("extend", printed, "--as", "alice", "--lease", "10m")).toMatchObject({ code: 0 });
    expect(await board.cord("complete", printed, "--as", "bob")).toMatchObject({ code: 1 });
    const ack = ["--ack", "v1.1 login", "--ack-payload", "7"];
    const done = await board.cord("complete", printed, "--as", "alice", "--result", '{"sha":"abc"}', ...ack);
    expect(done).toMatchObject({ code: 0, err: "" });

    const acks = await board.cord("tasks", "--kind", "ack", "--json");
    expect(JSON.parse(acks.out)).toContainEqual(
      expect.objectContaining({
        name: "v1.1 login",
        state: "completed",
        priority: "high",
        payload: { fixed_bug_id: bug.id, value: 7 },
      }),
    );
    const shown = await board.cord("show", printed);
    expect(shown.out).toContain("completed by alice");
    expect(shown.out).toContain('"sha": "abc"');
  });

  test("can be released, failed and cancelled; what has ended stays as it is", async () => {
    const { id } = await send("walk");
    expect((await board.cord("claim", id, "--as", "alice")).code).toBe(0);
    expect((await board.cord("release", id, "--as", "alice")).out).toContain("pending");
    expect((await board.cord("claim", id, "--as", "bob")).code).toBe(0);
    expect((await board.cord("fail", id, "--as", "bob", "--reason", "no wifi")).out).toContain("failed");
    const cancelled = await board.cord("cancel", id);
    expect(cancelled).toMatchObject({
      code: 1,
      err: "cord cancel: task cannot be cancelled: it is failed\n",
    });
    expect((await board.cord("show", id)).out).toContain("no wifi");
    const other = await send("other");
    expect((await board.cord("cancel", other.id, "--reason", "never mind")).code).toBe(0);
  });

  test("that needs another is claimed after it", async () => {
    const first = await send("first");
    const second = await send("second", "--needs", first.id);
    const early = await board.cord("claim", second.id, "--as", "alice");
    expect(early).toMatchObject({ code: 1 });
    expect(early.err).toMatch(/it still needs \d+ "first" \(pending\)/);
    await board.cord("claim", first.id, "--as", "alice");
    await board.cord("complete", first.id);
    expect((await board.cord("claim", second.id, "--as", "alice")).code).toBe(0);
  });

  test("may be a message, and an inbox is a list", async () => {
    const message = await send("please look at the build", "--kind", "message", "--to", "carol");
    const env = { ...board.env, CORD_AGENT: "carol" };
    const inbox = Bun.spawn(board.argv("tasks", "--to", "me", "--state", "pending", "--json"), {
      cwd: board.cwd,
      env,
      stdout: "pipe",
    });
    expect(await inbox.stdout.json()).toMatchObject([{ id: message.id, to: "carol" }]);
  });

  test("belongs to the project it was sent from", async () => {
    await send("mine", "--kind", "chore");
    const elsewhere = rpcCall("tasks/send");
    await board.rpc({ ...elsewhere, params: { name: "theirs", kind: "chore", project: "/elsewhere" } });
    const names = async (...args: string[]) => {
      const { out } = await board.cord("tasks", "--kind", "chore", "--json", ...args);
      return z
        .array(Sent)
        .parse(JSON.parse(out))
        .map(({ name }) => name);
    };
    expect(await names()).toEqual(["mine"]);
    expect(await names("--all")).toEqual(["theirs", "mine"]);
  });
});

describe("wrong usage exits with 64 and says what now", () => {
  test.each([
    [["send", "x", "--payload", "{bad"], "It must be JSON"],
    [["send"], "missing required argument 'name'"],
    [["claim", "019a"], "--as AGENT"],
    [["heartbeat"], "--as AGENT"],
    [["tasks", "--state", "done"], "There is no state done"],
    [["tasks", "--limit", "few"], "whole number"],
    [["tasks", "--to", "me"], "set CORD_AGENT"],
    [["claim", "019a", "--as", "a", "--lease", "long"], "duration"],
    [["wait", "--timeout", "soon"], "duration"],
    [["send", ""], "name"],
  ])("%p", async (args, said) => {
    const { code, out, err } = await board.cord(...args);
    expect({ code, out }).toEqual({ code: 64, out: "" });
    expect(err).toContain(said);
  });
});

test("a beginning of an id that fits several lists them; one that fits none says so", async () => {
  const sent = [await send("twin a"), await send("twin b")];
  const { code, err } = await board.cord("claim", sent[0]?.id.slice(0, 4) ?? "", "--as", "alice");
  expect(code).toBe(1);
  expect(err).toContain("fits more than one task");
  expect(await board.cord("show", "ffffffff")).toMatchObject({ code: 1, out: "" });
});

test("a hostile text reaches no terminal, whatever the command", async () => {
  const { id } = await send(
    hostile,
    "--kind",
    hostile.slice(0, 40),
    "--payload",
    JSON.stringify(hostile),
    "--to",
    "mallory",
  );
  const agent = `m${hostile.slice(0, 40)}`;
  const outputs = [
    await board.cord("heartbeat", agent, "--name", hostile.slice(0, 60)),
    await board.cord("claim", id, "--as", agent),
    await board.cord("claim", id, "--as", hostile),
    await board.cord("tasks"),
    await board.cord("agents"),
    await board.cord("show", id),
    await board.cord("extend", id, "--as", hostile),
    await board.cord("complete", id, "--as", agent, "--result", JSON.stringify(hostile), "--ack", hostile),
    await board.cord("cancel", id, "--reason", hostile),
    await board.cord("show", hostile),
    await board.cord("wait", "--kind", "ack", "--name-contains", hostile),
    await board.cord("status"),
    await board.cord("reclaim"),
  ];
  for (const { out, err } of outputs) expect(out + err).not.toMatch(unsafe);
});

test("a row that matches behind 10,000 others is found, and a wait sees it", async () => {
  const other = await startBoard();
  await using _ = other;
  await other.serve();
  const call = (name: string, kind: string) => rpcCall("tasks/send", { name, kind, project: other.cwd });
  await other.rpc(call("the one", "rare"));
  for (let count = 0; count < 100; count += 1)
    await other.rpc(Array.from({ length: 100 }, (_, at) => call(`noise ${count}.${at}`, "noise")));
  const listed = await other.cord("tasks", "--kind", "rare", "--json");
  expect(JSON.parse(listed.out)).toMatchObject([{ name: "the one" }]);
  const waited = await other.cord("wait", "--name-contains", "the one", "--timeout", "10");
  expect(JSON.parse(waited.out)).toMatchObject({ name: "the one" });
});

test("two tabs ship two releases: one waits for the ack, the other fixes and posts it", async () => {
  const tab = (agent: string, ...args: string[]) => board.cord(...args, "--as", agent);
  const waiting = board.start(
    "wait",
    "--as",
    "feature-a-v1.2",
    "--kind",
    "ack",
    "--name-contains",
    "v1.1 stable",
    "--timeout",
    "60",
  );
  const bug = await send("Regression in the v1.1 tests", "--kind", "bug", "--priority", "high");
  await tab("hotfix-v1.1", "claim", bug.id);
  await tab("hotfix-v1.1", "complete", bug.id, "--ack", "v1.1 unstable, one more to go");
  const fix = await send("Fix it for good", "--kind", "bug");
  await tab("hotfix-v1.1", "claim", fix.id);
  await tab("hotfix-v1.1", "complete", fix.id, "--result", '{"sha":"abc123"}', "--ack", "v1.1 stable");
  const { code, out } = await waiting.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    kind: "ack",
    name: "v1.1 stable",
    payload: { fixed_bug_id: fix.id },
  });
  const agents = await board.cord("agents", "--json");
  expect(agents.out).toContain("feature-a-v1.2");
  expect(agents.out).toContain("hotfix-v1.1");
});

const Raced = z.object({ agent: z.string(), won: z.array(z.string()), refused: z.number() });

test("16 processes try 1,600 times for 200 tasks, commands among them: each has one winner", async () => {
  const ids: string[] = [];
  for (let at = 0; at < 200; at += 1) {
    const { id } = await board.client.call("tasks/send", { name: `raced ${at}`, kind: "race" });
    ids.push(id);
  }
  const racers = Array.from({ length: 16 }, (_, at) => race(board, ids, `racer-${at}`, 100));
  const commands = ids.slice(0, 10).map((id) => board.cord("claim", id, "--as", "by-hand"));
  const raced = await Promise.all(racers);
  const byHand = (await Promise.all(commands)).filter(({ code }) => code === 0).length;

  expect(raced.reduce((sum, { won, refused }) => sum + won.length + refused, 0)).toBe(1600);
  const won = raced.flatMap((racer) => racer.won);
  expect(new Set(won).size).toBe(won.length);
  expect(won.length + byHand).toBe(200);
  const tasks = await board.client.call("tasks/list", { kind: "race", limit: 1000 });
  for (const { agent, won } of raced)
    expect(new Set(won)).toEqual(
      new Set(tasks.filter((task) => task.claimed_by === agent).map(({ id }) => id)),
    );
  for (const task of tasks) expect(task).toMatchObject({ state: "claimed", epoch: 1 });
});

/** Each begins at another task, so that all are raced for. */
async function race(
  board: Board,
  ids: string[],
  agent: string,
  attempts: number,
): Promise<z.infer<typeof Raced>> {
  const from = (Number(agent.split("-")[1]) * 25) % ids.length;
  const order = [...ids.slice(from), ...ids.slice(0, from)];
  const script = join(import.meta.dirname, "../support/programs/claim-racer.ts");
  const racer = Bun.spawn([process.execPath, script, board.url, board.token, agent, String(attempts)], {
    env: board.env,
    stdin: new Blob([order.join("\n")]),
    stdout: "pipe",
  });
  return Raced.parse(await racer.stdout.json());
}
