import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { git, repository } from "../support/machine/git.ts";
import { z } from "zod";
import { stdioTab, type StdioOptions } from "../support/clients/mcp-client.ts";
import { until } from "../support/until.ts";

/** Which project commands and tabs are in, by real git, real commands and a real MCP client. */

let board: Board;
let home: string;
beforeAll(async () => {
  board = await startBoard();
  home = String(board.env["HOME"]);
  await board.serve();
});
afterAll(() => board[Symbol.asyncDispose]());

const cordIn = (cwd: string, ...args: string[]) => board.startIn(cwd, ...args).ended;
const rootOf = (folder: string) => ({ uri: pathToFileURL(folder).href });
const projectsOf = async (name: string) => {
  const tasks = await board.client.call("tasks/list", { name_contains: name });
  return tasks.map(({ project }) => project ?? null);
};

const inHome = (options: StdioOptions, env = {}) => stdioTab(board, env, { cwd: home, ...options });

describe("commands", () => {
  test("in two work trees of a repository hear each other: the two release branches of the README", async () => {
    const main = repository(join(home, "releases"));
    const [older, newer] = [join(home, "v1.1"), join(home, "v1.2")];
    git(main, "worktree", "add", "--quiet", older);
    git(main, "worktree", "add", "--quiet", newer);
    const waiting = board.startIn(
      newer,
      "wait",
      "--kind",
      "ack",
      "--name-contains",
      "v1.1 stable",
      "--as",
      "release-v1.2",
    );
    await until("a waiter", async () => (await board.client.call("daemon/status", {})).watchers === 1);
    const bug: unknown = JSON.parse(
      (await cordIn(older, "send", "the hotfix is red", "--kind", "bug", "--json")).out,
    );
    const id = String(Reflect.get(Object(bug), "id"));
    await cordIn(older, "claim", id, "--as", "hotfix-v1.1");
    const done = await cordIn(
      older,
      "complete",
      id,
      "--as",
      "hotfix-v1.1",
      "--result",
      '{"sha":"abc"}',
      "--ack",
      "v1.1 stable",
    );
    expect(done.code).toBe(0);
    const { code, out } = await waiting.ended;
    expect({ code, ack: JSON.parse(out) }).toMatchObject({
      code: 0,
      ack: { name: "v1.1 stable", project: main },
    });
    expect((await cordIn(newer, "tasks")).out).toContain("the hotfix is red");
  });

  test("from nowhere post to everybody, and see what is everybody's", async () => {
    const project = repository(join(home, "any"));
    await cordIn(project, "send", "in a project");
    await cordIn(home, "send", "from the home folder");
    await cordIn("/", "send", "from the root");
    expect((await cordIn(project, "tasks")).out).toContain("from the home folder");
    expect((await cordIn(project, "tasks")).out).toContain("from the root");
    expect((await cordIn(home, "tasks")).out).toContain("from the root");
    expect((await cordIn(home, "tasks")).out).not.toContain("in a project");
    expect((await cordIn(home, "tasks", "--all")).out).toContain("in a project");
  });

  test("that find nothing in a project say that others hold tasks", async () => {
    const project = repository(join(home, "empty"));
    await cordIn("/", "send", "of nobody");
    await cordIn(home, "send", "somewhere", "--project", "somewhere");
    const { code, out, err } = await cordIn(project, "tasks", "--kind", "none", "--json");
    expect({ code, out }).toEqual({ code: 0, out: "[]\n" });
    expect(err).toStartWith("Other projects on this machine hold tasks: ");
    expect(err).toEndWith('"cord tasks --all" lists them.\n');
    expect((await cordIn(project, "tasks")).err).toBe("");
    // a project that is named, but holds nothing, is as a name that was mistyped: what is everybody's is listed under any
    const mistyped = await cordIn(project, "tasks", "--project", "somewher");
    expect(mistyped.out).toContain("of nobody");
    expect(mistyped.err).toStartWith("Other projects on this machine hold tasks: ");
    expect((await cordIn(project, "tasks", "--project", "somewhere")).err).toBe("");
  });

  test("take all projects or the one that is named, and say that it cannot be both", async () => {
    const project = repository(join(home, "one-of-all"));
    await cordIn(project, "send", "of one of all");
    for (const command of ["tasks", "agents", "status", "runs", "wait"]) {
      const both = await cordIn(home, command, "--all", "--project", project);
      expect([command, both.code, both.err]).toEqual([
        command,
        64,
        `cord ${command}: option '--project <project>' cannot be used with option '--all'. See cord ${command} --help.\n`,
      ]);
    }
    const env = { ...board.env, CORD_PROJECT: project };
    const all = await start(board.argv("tasks", "--all", "--search", "of one"), { cwd: home, env }).ended;
    const own = await start(board.argv("tasks", "--search", "of one"), { cwd: home, env }).ended;
    expect([all.out, own.out]).toEqual([
      expect.stringContaining("of one of all"),
      expect.stringContaining("of one of all"),
    ]);
  });

  test("and tabs are told of a config that is wrong in one sentence", async () => {
    const project = repository(join(home, "wrong"));
    mkdirSync(join(project, ".cord"));
    writeFileSync(join(project, ".cord/config.toml"), "project = [1]");
    const { code, err } = await cordIn(project, "tasks");
    expect({ code, err }).toEqual({
      code: 64,
      err: `cord tasks: ${join(project, ".cord/config.toml")}: project must be a text, such as "shop" or "..".\n`,
    });
    await using tab = await stdioTab(board, {}, { cwd: project });
    expect((await tab.call("tasks_list")).error).toContain("project must be a text");
    writeFileSync(join(project, ".cord/config.toml"), 'project = "mended"');
    expect((await tab.call("tasks_send", { name: "mended" })).value).toMatchObject({ project: "mended" });
  });
});

describe("a tab whose bridge was started in the home folder", () => {
  let [shop, site, notes] = ["", "", ""];
  beforeAll(() => {
    shop = repository(join(home, "my shop, größer"));
    site = repository(join(home, "site"));
    notes = join(home, "notes");
    mkdirSync(notes);
    mkdirSync(join(shop, "src"));
  });
  test("is in the project among its client's folders", async () => {
    await using tab = await inHome({
      roots: () => ({ roots: [rootOf(home), rootOf(notes), rootOf(join(shop, "src"))] }),
    });
    const { value } = await tab.call("tasks_send", { name: "by root" });
    expect(value).toMatchObject({ project: shop });
    expect(value).not.toHaveProperty("note");
    expect((await cordIn(shop, "tasks")).out).toContain("by root");
  });

  test("is in a folder that is no repository if there is no better one", async () => {
    await using tab = await inHome({ roots: () => ({ roots: [rootOf(notes)] }) });
    expect((await tab.call("tasks_send", { name: "by folder" })).value).toMatchObject({ project: notes });
  });

  test("is in the first of several projects, says so, and follows when they change", async () => {
    let roots = [rootOf(shop), rootOf(site)];
    await using tab = await inHome({ roots: () => ({ roots }) });
    const first = await tab.call("tasks_send", { name: "first of several" });
    expect(first.value).toMatchObject({
      project: shop,
      note: expect.stringContaining("2 of the client's folders are projects"),
    });
    roots = [rootOf(site)];
    await tab.client.sendRootsListChanged();
    const second = await tab.call("tasks_send", { name: "then another" });
    expect(second.value).toMatchObject({
      project: site,
      note: `This tab is in the project ${JSON.stringify(site)} now.`,
    });
    expect((await tab.call("tasks_send", { name: "then no word" })).value).not.toHaveProperty("note");
  });

  test.each<[string, StdioOptions["roots"]]>([
    ["offers no roots", undefined],
    ["refuses to tell them", () => Promise.reject(new Error("no"))],
    ["never answers", () => Promise.withResolvers<never>().promise],
    ["tells nonsense", () => ({ roots: "none" })],
    [
      "tells what is hostile",
      () => ({
        roots: [
          null,
          { uri: 7 },
          { uri: "https://example.com/" },
          { uri: `file://elsewhere${shop}` },
          { uri: "file:///%2e%2e/%2F" },
          { uri: "file:///%00" },
          { uri: `file:///${"x".repeat(100_000)}` },
          { uri: "file:///etc/passwd" },
          { uri: "file:///" },
        ],
      }),
    ],
  ])("is on the user's own board if its client %s, and is told so once", async (_, roots) => {
    await using tab = await inHome(roots ? { roots } : {});
    const first = (await tab.call("tasks_send", { name: "to everybody" })).value;
    expect(first).not.toHaveProperty("project");
    expect(first).toMatchObject({ note: expect.stringContaining("the user's own board") });
    expect((await tab.call("tasks_send", { name: "to everybody" })).value).not.toHaveProperty("note");
    const name = crypto.randomUUID();
    await board.client.call("tasks/send", { name, project: shop });
    const { value } = await tab.call("tasks_list", { name_contains: name });
    expect(value).toMatchObject({
      items: [],
      note: expect.stringContaining("tasks_list with all_projects: true"),
    });
    const all = await tab.call("tasks_list", { name_contains: name, all_projects: true });
    expect(all.value).toMatchObject({ items: [{ project: shop }] });
  });

  test("is in the project that is named, unless its client's folders are one", async () => {
    for (const [args, env] of [
      [["--project", shop], {}],
      [[], { CORD_PROJECT: shop }],
    ] as const) {
      await using tab = await inHome({ args }, env);
      expect((await tab.call("tasks_send", { name: "by name" })).value).toMatchObject({ project: shop });
      await using other = await inHome({ args, roots: () => ({ roots: [rootOf(site)] }) }, env);
      expect((await other.call("tasks_send", { name: "by name" })).value).toMatchObject({ project: site });
    }
    await using named = await inHome({ args: ["--project", "a name"] });
    await named.call("tasks_send", { name: "shared name" });
    expect(await projectsOf("shared name")).toEqual(["a name"]);
  });
});

describe("a tab that starts anew", () => {
  const init = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "raw", version: "1" } };

  test("by a second initialize learns at its first call what it still holds, and can go on with it", async () => {
    await using tab = await stdioTab(board);
    const { id, number } = (await tab.call("tasks_send", { name: "before the clear" })).value;
    await tab.call("tasks_claim", { id, agent_id: "forgetful" });
    await tab.client.request({ method: "initialize", params: init }, z.looseObject({}));
    await tab.client.notification({ method: "notifications/initialized" });
    expect((await tab.call("tasks_list", { kind: "nothing" })).value).toMatchObject({
      note: expect.stringContaining(
        `forgetful holds, claimed earlier: task ${String(number)} "before the clear" (${String(id)}) until 2`,
      ),
    });
    // the session's epoch goes with it, however the task is named: a claim since under the same name is not its own
    await board.client.call("tasks/release", { id: String(id) });
    await board.client.call("tasks/claim", { id: String(id), agentId: "forgetful" });
    const late = await tab.call("tasks_complete", { id: `#${String(number)}`, agent_id: "forgetful" });
    expect(late.error).toContain("stale lease");
  });

  test("in a client that keeps its server through it, as Claude Code does, learns it too", async () => {
    const config = join(home, "claude");
    const file = join(config, "sessions", `${process.pid}.json`);
    mkdirSync(join(config, "sessions"), { recursive: true });
    const talkIn = (sessionId: string) =>
      writeFileSync(file, JSON.stringify({ pid: process.pid, sessionId }));
    talkIn("one");
    await using tab = await stdioTab(board, { CLAUDE_CONFIG_DIR: config });
    const { id } = (await tab.call("tasks_send", { name: "before /clear" })).value;
    await tab.call("tasks_claim", { id, agent_id: "cleared" });
    expect((await tab.call("tasks_list", { kind: "nothing" })).value).not.toHaveProperty(
      "note",
      expect.stringContaining("holds"),
    );
    talkIn("another, and longer");
    expect((await tab.call("tasks_list", { kind: "nothing" })).value).toMatchObject({
      note: expect.stringContaining(String(id)),
    });
  });

  test("as sub-agents of one tab have their own claims: none can end another's", async () => {
    await using tab = await stdioTab(board);
    const ids: Record<string, unknown> = {};
    for (const agent of ["left", "right"]) {
      await tab.call("agents_heartbeat", { id: agent, name: agent });
      ids[agent] = (await tab.call("tasks_send", { name: `for ${agent}` })).value["id"];
    }
    await Promise.all(
      Object.entries(ids).map(([agent, id]) => tab.call("tasks_claim", { id, agent_id: agent })),
    );
    expect((await tab.call("tasks_complete", { id: ids["left"], agent_id: "right" })).error).toContain(
      "stale lease: right",
    );
    expect((await tab.call("tasks_complete", { id: ids["left"] })).error).toContain(
      "Say in agent_id which you are",
    );
    for (const [agent, id] of Object.entries(ids))
      expect((await tab.call("tasks_complete", { id, agent_id: agent })).value).toMatchObject({ ok: true });
  });
});
