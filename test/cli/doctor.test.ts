import { Database } from "bun:sqlite";
import { beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cordBinary } from "../support/machine/binary.ts";
import { start, type Finished } from "../support/machine/command.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { version } from "../../src/core/version.ts";

const root = join(import.meta.dir, "../..");
/** Where nothing listens. */
const closedUrl = "http://127.0.0.1:9/";
const folder = temporaryDirectory("doctor");
const bin = join(folder, "bin");

beforeAll(() => {
  mkdirSync(bin);
  symlinkSync(join(root, "node_modules/.bin/claude"), join(bin, "claude"));
  writeFileSync(join(bin, "cord"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
});

interface Finding {
  group: string;
  name: string;
  status: string;
  detail: string;
  fix?: string;
  bytes?: Record<string, number>;
}

/** A person's machine: a home, a project, the real Claude Code and cord on PATH, a key, and no daemon. */
function machine() {
  const home = temporaryDirectory("home");
  const project = join(home, "project");
  mkdirSync(join(project, ".git"), { recursive: true });
  const env: Record<string, string> = {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    XDG_DATA_HOME: join(home, "data"),
    CLAUDE_CONFIG_DIR: join(home, "claude"),
    ANTHROPIC_API_KEY: "sk-ant-not-to-be-printed",
    CORD_URL: closedUrl,
  };
  return { home, project, env };
}

type Machine = ReturnType<typeof machine>;

async function cord(here: Machine, args: string[], env: Record<string, string> = {}): Promise<Finished> {
  return start([await cordBinary(), ...args], { cwd: here.project, env: { ...here.env, ...env } }).ended;
}

function daemonOf(here: Machine) {
  const dataHome = join(here.home, "data");
  mkdirSync(dataHome);
  return daemonProcess({ dataHome });
}

async function doctor(here: Machine, env: Record<string, string> = {}) {
  const { code, out, err } = await cord(here, ["doctor", "--json"], env);
  expect(err).toBe("");
  const report: { ok: boolean; version: string; findings: Finding[] } = JSON.parse(out);
  const find = (name: string, group?: string) =>
    report.findings.find((one) => one.name === name && (group === undefined || one.group === group));
  expect(code).toBe(report.ok ? 0 : 1);
  return { ...report, code, find };
}

test("another cord that comes first on PATH is named, since agents would start that", async () => {
  const here = machine();
  const first = temporaryDirectory("first");
  const path = join(first, "cord");
  const env = { PATH: `${first}:${here.env["PATH"]}` };
  for (const [script, said] of [
    ["echo 0.0.1", "which is 0.0.1"],
    ["exit 1", "which does not say its version"],
  ] as const) {
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    expect((await doctor(here, env)).find("cord", "installed")).toMatchObject({
      status: "none",
      detail: expect.stringMatching(new RegExp(`^${version}, .+, and ${path} comes first on PATH, ${said}$`)),
      fix: expect.stringContaining(`Remove ${path}`),
    });
  }
  rmSync(path);
  symlinkSync(await cordBinary(), path);
  expect((await doctor(here, env)).find("cord", "installed")).toMatchObject({
    status: "ok",
    detail: `${version}, ${path}`,
  });
});

test("on a machine where nothing is wrong yet, nothing is started and nothing is made", async () => {
  const here = machine();
  const report = await doctor(here);
  expect(report).toMatchObject({ ok: true, version });
  expect(report.find("claude", "installed")).toMatchObject({
    status: "ok",
    detail: `2.1.197, ${join(bin, "claude")}`,
  });
  expect(report.find("daemon")).toMatchObject({
    status: "none",
    fix: expect.stringContaining("cord serve"),
  });
  expect(report.find("project")).toMatchObject({
    status: "none",
    fix: expect.stringContaining("cord init"),
  });
  expect(existsSync(join(here.home, "data"))).toBe(false);
  expect(existsSync(join(here.home, "claude"))).toBe(false);
});

test("a daemon that runs is asked for its version, its database and whether it takes the token", async () => {
  const here = machine();
  await using daemon = await daemonOf(here);
  const report = await doctor(here, { CORD_URL: daemon.url });
  expect(report.ok).toBe(true);
  expect(report.find("daemon")).toMatchObject({ status: "ok", detail: `${version} at ${daemon.url}` });
  expect(report.find("token")).toMatchObject({ status: "ok" });
  expect(report.find("database")?.detail).toStartWith(`${daemon.database} (WAL, `);
  expect(report.find("token file")).toMatchObject({ status: "ok" });
});

test("a daemon of another user's data directory does not take the token, and the fix says so", async () => {
  const here = machine();
  await using daemon = await daemonProcess();
  const report = await doctor(here, { CORD_URL: daemon.url, CORD_TOKEN: "0".repeat(64) });
  expect(report.find("daemon")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining(`another token`),
    fix: expect.stringContaining("CORD_URL"),
  });
});

test("CORD_DB that names another database than the running daemon's is a failure", async () => {
  const here = machine();
  await using daemon = await daemonOf(here);
  const report = await doctor(here, { CORD_URL: daemon.url, CORD_DB: "other.db" });
  expect(report.find("CORD_DB", "reachable")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining(join(here.project, "other.db")),
  });
});

// What answers here stands in for a cord of another version: there is only this one to be had.
test("a daemon of another version is a failure, and so is a program that is not cord", async () => {
  const here = machine();
  const answers = [{ name: "cord", version: "0.0.1", database: ":memory:" }, { name: "dispatcher" }];
  for (const answer of answers) {
    using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json(answer) });
    const report = await doctor(here, { CORD_URL: `http://127.0.0.1:${server.port}` });
    expect(report.code).toBe(1);
    expect(report.find("daemon")).toMatchObject({ status: "failed", fix: expect.any(String) });
  }
});

test("a daemon of another machine is not one that a command would start", async () => {
  const report = await doctor(machine(), { CORD_URL: "https://127.0.0.1:9" });
  expect(report.find("daemon")).toMatchObject({ status: "failed" });
  expect(report.find("database")).toBeUndefined();
});

test("a token that others can read is a failure until chmod has fixed it", async () => {
  const here = machine();
  const file = join(here.home, "data/cord/token");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, "a".repeat(64));
  chmodSync(file, 0o644);
  const report = await doctor(here);
  expect(report.find("token file")).toMatchObject({ status: "failed", fix: `chmod 600 ${file}` });
  chmodSync(file, 0o600);
  expect((await doctor(here)).find("token file")).toMatchObject({ status: "ok" });
});

test("a database that is no database is a failure", async () => {
  const here = machine();
  writeFileSync(join(here.project, "notes.txt"), "not a database, but more than sixteen bytes", {
    mode: 0o600,
  });
  const report = await doctor(here, { CORD_DB: "notes.txt" });
  expect(report.find("database")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("no SQLite database"),
  });
});

test("another program's database is a failure", async () => {
  const here = machine();
  const file = join(here.project, "other.db");
  new Database(file).run("CREATE TABLE notes (text)");
  chmodSync(file, 0o600);
  const report = await doctor(here, { CORD_DB: file });
  expect(report.find("database")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("another program's database"),
  });
});

test("a CORD_DB that is empty is as good as none", async () => {
  const here = machine();
  const { detail = "" } = (await doctor(here, { CORD_DB: "" })).find("database") ?? {};
  expect(detail).toStartWith(join(here.home, "data/cord/cord.db"));
});

test("without any agent that cord run can start, its fix is how to get one", async () => {
  const here = machine();
  // a PATH with nothing on it, and Bun by its own path
  const report = await doctor(here, { PATH: join(folder, "empty") });
  expect(report.find("claude", "installed")).toMatchObject({
    status: "failed",
    fix: expect.stringContaining("npm install -g @anthropic-ai/claude-code"),
  });
  expect(report.find("claude", "authenticated")).toBeUndefined();
  expect(report.find("codex")).toMatchObject({ status: "none" });
  expect(report.find("git")).toMatchObject({ status: "none" });
});

test.skipIf(process.platform === "darwin")("without a key, claude needs a login in its folder", async () => {
  const here = machine();
  const before = await doctor(here, { ANTHROPIC_API_KEY: "" });
  expect(before.find("claude", "authenticated")).toMatchObject({
    status: "failed",
    fix: expect.stringContaining("/login"),
  });
  mkdirSync(join(here.home, "claude"));
  writeFileSync(join(here.home, "claude/.credentials.json"), '{"claudeAiOauth":"not-to-be-printed"}');
  const after = await doctor(here, { ANTHROPIC_API_KEY: "" });
  expect(after.find("claude", "authenticated")).toMatchObject({ status: "ok" });
});

test("what cord init wrote is in place, and missed once it is gone", async () => {
  const here = machine();
  expect((await cord(here, ["init", "--yes", "--client", "claude"])).code).toBe(0);
  expect((await doctor(here)).find("project")).toMatchObject({
    status: "ok",
    detail: expect.stringContaining(".mcp.json"),
  });
  rmSync(join(here.project, ".mcp.json"));
  const report = await doctor(here);
  expect(report.findings).toContainEqual({
    group: "configured",
    name: "project",
    status: "failed",
    detail: expect.stringContaining(".mcp.json"),
    fix: "cord init",
  });
});

test("no secret is printed, and nothing of a variable drives the terminal", async () => {
  const here = machine();
  const { out, err } = await cord(here, ["doctor"], {
    CORD_URL: "http://me:not-to-be-printed@127.0.0.1:9",
    CORD_TOKEN: "not-to-be-printed",
    CORD_AGENT: "alice\u001b]52;c;ZXZpbA==\u0007",
    CORD_UR: "not-to-be-printed",
    CLAUDE_CODE_SESSION_ID: "not-to-be-printed",
    ANTHROPIC_MODEL: "not-to-be-printed",
  });
  expect(out + err).not.toContain("not-to-be-printed");
  expect(out).not.toContain("\u001b");
  expect(out).toContain("unset CORD_UR");
  expect(out).toMatch(/– outer agent +CLAUDE_CODE_SESSION_ID/);
  expect(out).toMatch(/– passed on +.*ANTHROPIC_MODEL/);
});

test("an address that is no address is wrong usage", async () => {
  const { code, out, err } = await cord(machine(), ["doctor", "--url", "no address"]);
  expect({ code, out }).toEqual({ code: 64, out: "" });
  expect(err).toStartWith("cord doctor: ");
});

test("a shell is an agent's by what only cord sets for one, and not by what a person may set", async () => {
  const here = machine();
  const own = await doctor(here, { CORD_REHEARSAL_MS: "100" });
  expect(own.find("shell")).toBeUndefined();
  expect(own.find("CORD_REHEARSAL_MS")).toMatchObject({ status: "ok" });
  const agents = await doctor(here, { CORD_ATTEMPT: "run/1/1" });
  expect(agents.find("shell")).toMatchObject({ detail: expect.stringContaining("CORD_ATTEMPT set") });
});

test("of each client that cord init has set up it is said whether its hooks are in place, and trusted", async () => {
  const here = machine();
  mkdirSync(join(here.home, ".codex"));
  const trust = `[projects."${here.project}"]\ntrust_level = "trusted"\n`;
  writeFileSync(join(here.home, ".codex/config.toml"), trust);
  expect((await doctor(here)).findings.filter(({ group }) => group === "hooks")).toEqual([]);
  const init = ["init", "--yes", "--client", "claude", "codex", "gemini", "opencode", "zed"];
  expect((await cord(here, init)).code).toBe(0);
  const before = await doctor(here);
  expect(before.findings.filter(({ group }) => group === "hooks").map(({ name }) => name)).toEqual([
    "Claude Code",
    "Codex",
    "Gemini CLI",
    "opencode",
  ]);
  expect(before.find("Claude Code", "hooks")).toMatchObject({
    status: "ok",
    detail: "hears by its hooks, and asks before it edits: .claude/settings.json",
  });
  expect(before.find("Codex", "hooks")).toMatchObject({
    status: "none",
    detail: expect.stringContaining(".codex/hooks.json is in place, and Codex does not run it"),
  });
  expect(before.find("Gemini CLI", "hooks")?.status).toBe("ok");
  expect(before.find("opencode", "hooks")).toMatchObject({
    status: "none",
    fix: "cord init --hooks opencode",
  });

  const file = join(here.project, ".codex/hooks.json");
  const trusts = (event: string) => `[hooks.state."${file}:${event}:0:0"]\ntrusted_hash = "sha256:0"\n`;
  const config = join(here.home, ".codex/config.toml");
  writeFileSync(config, trust + trusts("stop"));
  expect((await doctor(here)).find("Codex", "hooks")?.status).toBe("none");
  const events = ["user_prompt_submit", "pre_tool_use", "post_tool_use", "stop"];
  writeFileSync(config, trust + events.map(trusts).join(""));
  rmSync(join(here.project, ".claude/settings.json"));
  expect((await cord(here, ["init", "--yes", "--client", "opencode", "--hooks", "opencode"])).code).toBe(0);
  const after = await doctor(here);
  expect(after.find("Codex", "hooks")?.status).toBe("ok");
  expect(after.find("opencode", "hooks")?.status).toBe("ok");
  expect(after.find("Claude Code", "hooks")).toMatchObject({ status: "none", fix: "cord init" });
});

test("what cord keeps is measured, in bytes for programs, with what makes it smaller where it is large", async () => {
  const here = machine();
  await using daemon = await daemonOf(here);
  const data = join(here.home, "data/cord");
  const ids = [1, 2, 3, 4].map((number) => `00000000-0000-7000-8000-00000000000${number}`);
  for (const [at, id] of ids.entries()) {
    mkdirSync(join(data, "runs", id, "1-1"), { recursive: true });
    const file = join(data, "runs", id, "1-1/output.jsonl");
    writeFileSync(file, "");
    truncateSync(file, (at + 1) * 300_000_000);
  }
  symlinkSync("/", join(data, "runs", ids[0] ?? "", "2-1"));
  const url = { CORD_URL: daemon.url };
  const report = await doctor(here, url);
  expect(report.find("database", "kept")?.bytes).toMatchObject({ database: expect.any(Number), free: 0 });
  expect(report.find("outputs", "kept")).toMatchObject({
    status: "none",
    detail: expect.stringMatching(
      /^2\.8 GiB of 4 runs; of runs that are over at most 2GiB; the largest: 00000000-0000 1\.1 GiB, .* 858 MiB, .* 572 MiB$/,
    ),
    fix: "cord runs rm --older-than 30d",
  });
  expect(report.find("outputs", "kept")?.bytes).toEqual({ outputs: expect.closeTo(3e9, -3), runs: 4 });
  expect(report.find("other outputs", "kept")).toMatchObject({
    fix: expect.stringContaining("cord runs rm 0000"),
  });
  expect(report.find("room", "kept")?.bytes).toEqual({ room: expect.any(Number) });

  const own = await cord(here, ["runs", "rm", ids[3] ?? "", "--yes", "--json"], url);
  expect(JSON.parse(own.out)).toEqual({
    removed: [{ run_id: ids[3], goal: null, nodes: 0, attempts: 0, events: 0, output_bytes: 1_200_000_000 }],
    freed_bytes: 1_200_000_000,
  });
  expect((await doctor(here, url)).find("outputs", "kept")?.bytes).toMatchObject({ runs: 3 });
  expect(existsSync("/etc")).toBe(true);
});

test("settings of the history that cannot be read are a failure", async () => {
  const here = machine();
  const config = join(here.home, "config");
  mkdirSync(join(config, "cord"), { recursive: true });
  writeFileSync(join(config, "cord/config.toml"), '[history]\noutputs = "1KB"\n');
  expect((await doctor(here, { XDG_CONFIG_HOME: config })).find("settings", "kept")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("1 MB or more"),
  });
});
