import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { Agent } from "../../src/core/task.ts";
import { startTabbedBoard } from "../support/tabbed-board.ts";
import { openPane } from "../support/terminal/pane.ts";

/** What a person sees of open tabs, on the compiled binary. Their bridges are here. */

const board = await startTabbedBoard();
afterAll(() => board[Symbol.asyncDispose]());

beforeAll(async () => {
  await board.open({
    shown_name: "release",
    client: "claude",
    client_version: "2.1.332",
    wake: "inbox",
    state: "idle",
  });
  await board.open({
    shown_name: "older",
    client: "claude",
    client_version: "2.1.197",
    wake: "none",
    state: "busy",
  });
  await board.open({
    shown_name: "asker",
    client: "codex",
    wake: "queue",
    state: "waiting",
    waiting_for: "permission prompt",
    folder: "/tmp/elsewhere",
  });
  await board.open({ shown_name: "quiet", client: "claude", wake: "inbox", wakes: "off", state: "idle" });
  await board.client.call("tasks/send", { name: "hi", kind: "message", to: "older", project: board.cwd });
});

describe("open tabs", () => {
  test("are shown by cord agents on a terminal: what each does, its client, how it is woken, what it has not read", async () => {
    await using pane = await openPane(board.argv("agents"), { ...board, width: 120 });
    const { code, screen } = await pane.ended();
    expect(code).toBe(0);
    const lineOf = (handle: string) => screen.split("\n").find((line) => line.startsWith(handle)) ?? "";
    expect(
      lineOf("release")
        .split(/\s{2,}/)
        .slice(0, 5),
    ).toEqual(["release", "idle", "0", "claude", "inbox"]);
    expect(
      lineOf("older")
        .split(/\s{2,}/)
        .slice(0, 5),
    ).toEqual(["older", "busy", "1", "claude", "no"]);
    expect(lineOf("asker")).toContain("waiting: permission prompt");
    expect(lineOf("asker")).toContain("elsewhere");
    expect(
      lineOf("quiet")
        .split(/\s{2,}/)
        .slice(3, 5),
    ).toEqual(["claude", "off"]);
  });

  test("are the original's columns in a pipe, and all that is known with --json", async () => {
    const { out } = await board.cord("agents");
    const [head, ...lines] = out.trimEnd().split("\n");
    expect(head).toBe(`${"ID".padEnd(22)}  ${"NAME".padEnd(22)}  ${"AGE".padEnd(8)}  STATUS`);
    for (const line of lines) expect(line).toMatch(/^\S+ +\S.* {2}\d+s +active$/);
    const json = await board.cord("agents", "--json");
    const agents = z.array(Agent).parse(JSON.parse(json.out));
    expect(agents.find(({ id }) => id === "asker")).toMatchObject({
      is_open: true,
      client: "codex",
      state: "waiting",
      waiting_for: "permission prompt",
      wake: "queue",
      folder: "/tmp/elsewhere",
    });
  });

  test("are in cord top, beside the tasks and, by a key, alone", async () => {
    await using pane = await openPane(board.argv("top"), { ...board, width: 120, height: 40 });
    await pane.shows("idle  claude  inbox");
    await pane.shows("1 unread  busy  claude");
    await pane.press("a");
    await pane.shows("is woken by its inbox");
    await pane.shows("waiting: permission prompt · Codex");
    await pane.shows("is not woken: its project's configuration says so");
    await pane.resize(40, 24);
    await pane.press("j", "j");
    await pane.shows("J/K");
    await pane.press("a");
    await pane.until((screen) => !screen.includes("is woken by"));
    await pane.press("q");
    expect((await pane.ended()).code).toBe(0);
  });

  test("are named by cord doctor with whether they can be woken, and with what to update", async () => {
    const { out } = await board.cord("doctor", "--json");
    const report = z
      .object({
        findings: z.array(
          z.object({
            group: z.string(),
            name: z.string(),
            status: z.string(),
            detail: z.string(),
            fix: z.string().optional(),
          }),
        ),
      })
      .parse(JSON.parse(out));
    const of = (handle: string) =>
      report.findings.find(({ group, name }) => group === "tabs" && name === handle);
    expect(of("release")).toMatchObject({ status: "ok", detail: "can be woken: yes, by its inbox" });
    expect(of("older")).toMatchObject({
      status: "none",
      detail: expect.stringContaining("Claude Code 2.1.197 has no inbox"),
      fix: expect.stringContaining("2.1.252"),
    });
    expect(of("quiet")?.fix).toContain("[tabs]");
  });
});
