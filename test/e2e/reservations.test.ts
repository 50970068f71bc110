import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Reservation } from "../../src/core/reservation.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { git, repository } from "../support/machine/git.ts";
import { stdio, type Stdio } from "../support/clients/stdio.ts";
import { until } from "../support/until.ts";

/** Reserving files from a shell, on the compiled binary. */

async function boardInRepository(): Promise<Board> {
  const board = await startBoard();
  repository(board.cwd);
  mkdirSync(join(board.cwd, "src/deep"), { recursive: true });
  return board;
}

const listed = async (board: Board) => {
  const { out } = await board.cord("reservations", "--json");
  return z.array(Reservation).parse(JSON.parse(out));
};

describe("cord reserve", () => {
  test("takes paths as they are written in its folder, and keeps others off", async () => {
    await using board = await boardInRepository();
    const asked = ["deep", "*.ts", "../README.md", "--why", "the API", "--minutes", "5", "--as", "alice"];
    const done = await board.startIn(join(board.cwd, "src"), "reserve", ...asked).ended;
    expect(done).toMatchObject({ code: 0, err: "" });
    const [made] = await listed(board);
    expect(made).toMatchObject({
      agent: "alice",
      paths: ["src/deep", "src/*.ts", "README.md"],
      folder: board.cwd,
      reason: "the API",
      mode: "warn",
    });
    const { code, err } = await board.cord("reserve", "src/a.ts", "--as", "bob");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /src\/\*\.ts is reserved by alice until \d\d:\d\d UTC \(for 5 min more\): "the API"\. That overlaps src\/a\.ts\./,
      ),
    ]);
    const { out: table } = await board.cord("reservations");
    expect(table).toMatch(
      /AGENT +ENDS IN +FILES +WHY\n\S+ +alice +\S+.* src\/deep, src\/\*\.ts, README\.md +the API/,
    );
  });

  test("holds in its own work tree only", async () => {
    await using board = await boardInRepository();
    const other = join(board.home, "other");
    git(board.cwd, "worktree", "add", "-q", other);
    for (const folder of [board.cwd, other]) {
      const { code } = await board.startIn(
        folder,
        "reserve",
        "src",
        "--as",
        folder === other ? "bob" : "alice",
      ).ended;
      expect(code).toBe(0);
    }
    expect((await listed(board)).map(({ agent, folder }) => [agent, folder])).toEqual([
      ["alice", board.cwd],
      ["bob", other],
    ]);
  });

  test("asks who it is for, unless a tab's client has started it", async () => {
    await using board = await boardInRepository();
    expect(await board.cord("reserve", "src")).toMatchObject({
      code: 64,
      err: expect.stringContaining("Who are you?"),
    });
    await using _ = await stdio(board);
    const whose = () => board.client.call("tabs/whose", { pids: [process.pid] });
    await until("the tab", async () => (await whose()) !== null);
    const { out } = await board.cord("reserve", "src");
    const { handle } = (await whose()) ?? {};
    expect(Reservation.parse(JSON.parse(out)).agent).toBe(handle ?? "");
    expect((await board.cord("unreserve", "--all")).code).toBe(0);
    expect(await listed(board)).toEqual([]);
  });

  test("takes no empty path, as of a variable that is not set, for all there is", async () => {
    await using board = await boardInRepository();
    for (const name of ["reserve", "unreserve"])
      expect(await board.cord(name, "", "--as", "alice")).toMatchObject({
        code: 64,
        err: expect.stringContaining("A path is empty"),
      });
    expect(await listed(board)).toEqual([]);
  });

  test("goes by [tabs] in the project's configuration", async () => {
    await using board = await boardInRepository();
    mkdirSync(join(board.cwd, ".cord"));
    await Bun.write(join(board.cwd, ".cord/config.toml"), '[tabs]\nreservations = "enforce"\n');
    const { out } = await board.cord("reserve", "src", "--as", "alice");
    expect(Reservation.parse(JSON.parse(out)).mode).toBe("enforce");
  });
});

describe("cord unreserve", () => {
  test("releases by path or all of an agent's, and by its id also for a person", async () => {
    await using board = await boardInRepository();
    await board.cord("reserve", "src", "docs", "--as", "alice");
    await board.cord("reserve", "test", "--as", "alice");
    const { out } = await board.cord("reserve", "README.md", "--as", "bob");
    const { id } = Reservation.parse(JSON.parse(out));
    expect(await board.cord("unreserve", id, "--as", "alice")).toMatchObject({
      code: 1,
      err: expect.stringContaining("held by bob"),
    });
    expect((await board.cord("unreserve", "docs", "--as", "alice")).code).toBe(0);
    expect((await board.cord("unreserve", id.slice(0, 13))).code).toBe(0);
    expect((await listed(board)).map(({ paths }) => paths)).toEqual([["test"]]);
    expect((await board.cord("unreserve", "--all", "--as", "alice")).code).toBe(0);
    expect((await board.cord("unreserve")).code).toBe(64);
    expect((await board.cord("reservations")).out).toBe("No files are reserved.\n");
  });

  test("releases nothing for an agent that does not say what, nor a part for who may not release all that is named", async () => {
    await using board = await boardInRepository();
    const { out } = await board.cord("reserve", "src", "--as", "alice");
    const { id } = Reservation.parse(JSON.parse(out));
    expect(await board.cord("unreserve", "--as", "alice")).toMatchObject({
      code: 64,
      err: expect.stringContaining("--all"),
    });
    expect(await board.cord("unreserve", id, "docs")).toMatchObject({
      code: 64,
      err: expect.stringContaining("Who are you?"),
    });
    expect((await listed(board)).map(({ paths }) => paths)).toEqual([["src"]]);
  });
});

/** A tool's text in the answer of a bridge. */
async function tool(bridge: Stdio, name: string, args: object): Promise<string> {
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } };
  const Answer = z.object({ result: z.object({ content: z.array(z.object({ text: z.string() })).min(1) }) });
  return Answer.parse(JSON.parse(await bridge.ask(JSON.stringify(call)))).result.content[0]?.text ?? "";
}

test("a tab is refused the edit of what another has reserved, hears when it is free, and its daemon may be killed meanwhile", async () => {
  await using board = await boardInRepository();
  mkdirSync(join(board.cwd, ".cord"));
  await Bun.write(join(board.cwd, ".cord/config.toml"), '[tabs]\nreservations = "enforce"\n');
  await using alice = await stdio(board);
  await using bob = await stdio(board);
  for (const [bridge, id] of [
    [alice, "alice"],
    [bob, "bob"],
  ] as const)
    await tool(bridge, "agents_heartbeat", { id, name: id });
  expect(await tool(alice, "files_reserve", { paths: ["src/**"], reason: "the API" })).toContain(
    `"folder":"${board.cwd}"`,
  );
  const file = join(board.cwd, "src/deep/new.ts");
  const edit = async (bridge: Stdio) => {
    const answers: string[] = [];
    // a bridge that its daemon was killed under has nothing to say until it is connected again
    await until("an answer", async () => {
      answers.push(await tool(bridge, "hook_edit", { file, cwd: board.cwd }));
      return answers.at(-1) !== "{}" || board.daemons().length > 0;
    });
    return answers.at(-1) ?? "";
  };
  expect(await edit(alice)).toBe("{}");
  expect(JSON.parse(await edit(bob))).toMatchObject({
    hookSpecificOutput: {
      permissionDecision: "deny",
      permissionDecisionReason: expect.stringMatching(
        /new\.ts is reserved by alice until .*: "the API"\. Leave it as it is/,
      ),
    },
  });
  await board.killDaemon();
  expect(await tool(alice, "files_list", {})).toContain('"agent":"alice"');
  await until("the refusal", async () => (await edit(bob)).includes("reserved by alice"));
  expect(await tool(alice, "files_release", {})).toContain("src/**");
  expect(await edit(bob)).not.toContain("deny");
  await until("the news", async () => (await tool(bob, "messages_list", {})).includes("may be edited again"));
});
