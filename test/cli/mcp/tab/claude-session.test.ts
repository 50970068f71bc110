import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClaudeSessionFile } from "../../../../src/cli/mcp/tab/claude-session.ts";
import { scriptedInbox } from "../../../support/claude/scripted-inbox.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";

test("the file of the session says what its tab is, does and waits for", () => {
  using claude = scriptedInbox();
  const file = new ClaudeSessionFile(claude.env, 1);
  expect(file.pid).toBe(claude.pid);
  expect(file.read()).toBeNull();
  claude.says({ name: "billing", status: "waiting", waitingFor: "permission prompt" });
  expect(file.read()).toMatchObject({
    id: "one",
    name: "billing",
    state: "waiting",
    waitingFor: "permission prompt",
  });
  claude.says({ sessionId: "two", status: "idle" });
  expect(file.read()).toMatchObject({ id: "two", name: null, state: "idle", waitingFor: null });
  claude.says({ status: "dreaming", name: 3, statusUpdatedAt: "soon" });
  expect(file.read()).toMatchObject({ state: null, name: null, stateAt: null });
});

test("the process that started the bridge counts before a socket that was inherited from further up", () => {
  using outer = scriptedInbox();
  const inner = join(dirname(outer.file), "77.json");
  writeFileSync(inner, JSON.stringify({ pid: 77, sessionId: "inner", status: "idle" }));
  expect(new ClaudeSessionFile(outer.env, 77).read()).toMatchObject({ id: "inner" });
  rmSync(inner);
  expect(new ClaudeSessionFile(outer.env, 77).pid).toBe(outer.pid);
  expect(new ClaudeSessionFile({ ...outer.env, CLAUDE_CODE_MESSAGING_SOCKET: "/x/no.sock" }, 77).pid).toBe(
    77,
  );
});

test("each change is told, also by one that replaces the file, and what can be read of it is what counts", async () => {
  using claude = scriptedInbox();
  claude.says({ status: "idle" });
  const file = new ClaudeSessionFile(claude.env, 1);
  const end = new AbortController();
  const states = new Set<string>();
  const seen = (state: string) =>
    new Promise<void>((resolve) => {
      file.onChange(() => {
        states.add(String(file.read()?.state));
        if (states.has(state)) resolve();
      }, end.signal);
    });
  const busy = seen("busy");
  claude.says({ status: "busy" });
  await busy;
  const idle = seen("idle");
  rmSync(claude.file);
  claude.says({ status: "idle" });
  await idle;
  end.abort();
  writeFileSync(claude.file, '{"sessionId":"one","sta');
  expect(file.read()).toBeNull();
  claude.says({ status: "waiting" });
  expect(file.read()?.state).toBe("waiting");
});

test("of two changes within a tick of the disk's clock the second counts", () => {
  using claude = scriptedInbox();
  const file = new ClaudeSessionFile(claude.env, 1);
  const now = Date.now() / 1000;
  for (const state of ["busy", "idle"]) {
    writeFileSync(claude.file, JSON.stringify({ sessionId: "one", status: state }));
    utimesSync(claude.file, now, now);
    expect(file.read()).toMatchObject({ state });
  }
});

test("what has changed is looked at once more, before the next look of its own accord", async () => {
  using quiet = scriptedInbox();
  using claude = scriptedInbox();
  const end = new AbortController();
  const looks: string[] = [];
  const second = Promise.withResolvers<void>();
  const lookAt = (what: string) => () => {
    looks.push(what);
    if (looks.length === 2) second.resolve();
  };
  new ClaudeSessionFile(quiet.env, 1).onChange(lookAt("quiet"), end.signal);
  new ClaudeSessionFile(claude.env, 1).onChange(lookAt("changed"), end.signal);
  const elsewhere = join(dirname(dirname(claude.file)), "elsewhere.json");
  writeFileSync(elsewhere, JSON.stringify({ sessionId: "one", status: "busy" }));
  renameSync(elsewhere, claude.file);
  await second.promise;
  end.abort();
  expect(looks).toEqual(["changed", "changed"]);
});

test("no folder, a folder in its place and a file that is too large are no session", () => {
  const folder = temporaryDirectory("claude");
  const file = new ClaudeSessionFile({ CLAUDE_CONFIG_DIR: folder }, 5);
  const end = new AbortController();
  file.onChange(() => {}, end.signal);
  end.abort();
  expect(file.read()).toBeNull();
  mkdirSync(file.path, { recursive: true });
  expect(file.read()).toBeNull();
  rmSync(file.path, { recursive: true });
  writeFileSync(file.path, JSON.stringify({ sessionId: "x".repeat(70_000) }));
  expect(file.read()).toBeNull();
});
