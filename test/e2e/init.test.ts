import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary } from "../support/machine/binary.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";
import { filesBelow } from "../support/init-project.ts";

/** A machine on which Cursor has been used and Codex is installed, and nothing else. */
function machine(): { root: string; home: string; env: Record<string, string> } {
  const folder = temporaryDirectory("init");
  const [root, home, bin] = [join(folder, "my project"), join(folder, "home"), join(folder, "bin")];
  for (const path of [root, home, bin, join(home, ".cursor")]) mkdirSync(path);
  writeFileSync(join(bin, "codex"), "#!/bin/sh\n");
  chmodSync(join(bin, "codex"), 0o755);
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin` };
  return { root, home, env };
}

type Machine = ReturnType<typeof machine>;

async function wizard({ root, env }: Machine, ...args: string[]): Promise<Pane> {
  return openPane([await cordBinary(), "init", ...args], { cwd: root, env });
}

async function init(
  { root, env }: Machine,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([await cordBinary(), "init", ...args], {
    cwd: root,
    env,
    stdin: "ignore",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

function written(root: string): string[] {
  return Object.keys(filesBelow(root)).filter((path) => !path.startsWith(".cord/"));
}

describe("the wizard of cord init", () => {
  test("ticks what is installed, takes another choice, shows the changes and writes them", async () => {
    const here = machine();
    writeFileSync(join(here.root, ".mcp.json"), '{\n  "mcpServers": {}\n}\n');
    await using pane = await wizard(here);
    const question = await pane.shows("Which agents work in this project?");
    expect(question).toMatch(
      /◼ Claude Code.*\n.*◼ Cursor.*installed.*\n.*◼ Codex.*installed.*\n.*◻ Gemini CLI/,
    );
    expect(question).toMatch(/◻ Codex \(user settings\)/);
    await pane.press("Down", "Space", "Down", "Down", "Space", "Enter");
    const plan = await pane.shows("Write these files?");
    expect(plan).toMatch(/change +\.mcp\.json/);
    expect(plan).toMatch(/create +\.gemini\/settings\.json/);
    expect(plan).not.toContain(".cursor/mcp.json");
    expect(plan).toMatch(/\+ {5}"cord": \{/);
    expect(written(here.root)).toEqual([".mcp.json"]);
    await pane.press("Enter");
    const { code, screen, cursorIsVisible } = await pane.ended();
    expect(screen).toMatch(/changed +\.mcp\.json/);
    expect({ code, cursorIsVisible }).toEqual({ code: 0, cursorIsVisible: true });
    expect(written(here.root)).toEqual([
      ".claude/settings.json",
      ".codex/config.toml",
      ".codex/hooks.json",
      ".gemini/settings.json",
      ".mcp.json",
      "AGENTS.md",
      "CLAUDE.md",
    ]);
  });

  test("offers the hooks that have a price where their client is, with that, and ticks none", async () => {
    const here = machine();
    await using pane = await wizard(here);
    const question = await pane.shows("Which agents work in this project?");
    expect(question).toContain("◻ Cursor, its hooks");
    expect(question).not.toContain("opencode, its hooks");
    await pane.press("Up", "Space");
    expect(await pane.shows("◼ Cursor, its hooks")).toContain("each starts a program");
    await pane.press("Enter");
    await pane.shows("Write these files?");
    await pane.press("Enter");
    expect((await pane.ended()).code).toBe(0);
    expect(written(here.root)).toContain(".cursor/hooks.json");
    const check = await init(here, "--check");
    expect([check.code, check.out]).toEqual([0, expect.stringContaining(".cursor/hooks.json")]);
  });

  test.each([
    ["at the first question", ["C-c"]],
    ["at the last one", ["Enter", "C-c"]],
    ["by a no", ["Enter", "Right", "Enter"]],
  ])("stopped %s has changed nothing", async (_, keys) => {
    const here = machine();
    await using pane = await wizard(here);
    await pane.shows("Which agents work in this project?");
    for (const key of keys) {
      await pane.press(key);
      if (key === "Enter" && keys.length > 1) await pane.shows("Write these files?");
    }
    const { code, screen, cursorIsVisible } = await pane.ended();
    expect(screen).toContain("nothing was changed");
    expect({ code, cursorIsVisible }).toEqual({ code: 130, cursorIsVisible: true });
    expect(filesBelow(here.root)).toEqual({});
  });

  test("asks before it undoes", async () => {
    const here = machine();
    await init(here);
    await using pane = await wizard(here, "--remove");
    const plan = await pane.shows("Undo this?");
    expect(plan).toMatch(/delete +\.mcp\.json/);
    await pane.press("Enter");
    expect((await pane.ended()).code).toBe(0);
    expect(filesBelow(here.root)).toEqual({});
  });

  test("asks nothing where all is in place", async () => {
    const here = machine();
    await init(here, "--client", "cursor");
    await using pane = await wizard(here, "--client", "cursor");
    expect((await pane.ended()).code).toBe(0);
  });

  test("lets no text of a file touch the terminal", async () => {
    const here = machine();
    writeFileSync(join(here.root, "AGENTS.md"), "mine\n\u001b[2J\u001b]0;owned\u0007\u202e evil\n");
    await using pane = await wizard(here, "--client", "cursor");
    const plan = await pane.shows("Write these files?");
    expect(plan).toContain("What changes");
    expect(plan).toMatch(/ evil/);
    expect(plan).not.toContain("\u202e");
    await pane.press("C-c");
    await pane.ended();
  });
});

describe("cord init without a terminal", () => {
  test("takes what is installed, and Claude Code", async () => {
    const here = machine();
    const { code, out, err } = await init(here);
    expect(code).toBe(0);
    expect(written(here.root)).toEqual([
      ".claude/settings.json",
      ".codex/config.toml",
      ".codex/hooks.json",
      ".cursor/mcp.json",
      ".mcp.json",
      "AGENTS.md",
      "CLAUDE.md",
    ]);
    expect(out).toMatch(/^created +\.mcp\.json +Claude Code$/m);
    expect(err).toContain("cord init --remove");
    expect(filesBelow(here.home)).toEqual({});
  });

  test("says with --check what is missing, with --dry-run what would change, and changes nothing", async () => {
    const here = machine();
    const missing = await init(here, "--check");
    expect([missing.code, missing.out]).toEqual([1, expect.stringMatching(/^missing +\.mcp\.json/)]);
    const dry = await init(here, "--dry-run", "--client", "codex");
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining("+ [mcp_servers.cord]")]);
    expect(filesBelow(here.root)).toEqual({});
    expect(dry.out).toMatch(/create +~\/\.codex\/config\.toml/);
    await init(here, "--client", "codex");
    expect((await init(here, "--check")).code).toBe(0);
    expect((await init(here, "--check", "--client", "claude")).code).toBe(1);
  });

  test("puts Codex's entry into the project where Codex trusts it, else into the user's own settings", async () => {
    const here = machine();
    await init(here, "--client", "codex");
    expect(Object.keys(filesBelow(here.home))).toContain(".codex/config.toml");
    expect(written(here.root)).not.toContain(".codex/config.toml");
    await init(here, "--remove", "--client", "codex");
    mkdirSync(join(here.home, ".codex"), { recursive: true });
    const trust = `[projects."${here.root}"]\ntrust_level = "trusted"\n`;
    writeFileSync(join(here.home, ".codex/config.toml"), trust);
    await init(here, "--client", "codex");
    expect(written(here.root)).toContain(".codex/config.toml");
    expect(readFileSync(join(here.home, ".codex/config.toml"), "utf8")).toBe(trust);
  });

  test("leaves another entry of its name alone until --force, and a broken file always", async () => {
    const here = machine();
    const other = '{"mcpServers": {"cord": {"command": "/opt/cord", "args": ["mcp"]}}}';
    writeFileSync(join(here.root, ".mcp.json"), other);
    mkdirSync(join(here.root, ".cursor"));
    writeFileSync(join(here.root, ".cursor/mcp.json"), '{"mcpServers": {\n  "x": }}');
    const first = await init(here, "--client", "claude", "cursor");
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/^kept +\.mcp\.json/m);
    expect(first.out).toContain("add --force");
    expect(first.out).toContain("not valid JSON (line 2, column 8");
    expect(first.out).toContain('"command": "cord"');
    expect(readFileSync(join(here.root, ".mcp.json"), "utf8")).toBe(other);
    expect(written(here.root)).toContain("AGENTS.md");
    const forced = await init(here, "--client", "claude", "--force", "--json");
    expect([forced.code, JSON.parse(forced.out)]).toMatchObject([0, { ok: true, applied: true }]);
    expect(readFileSync(join(here.root, ".mcp.json"), "utf8")).toContain('"command":"cord"');
    await init(here, "--remove");
    expect(readFileSync(join(here.root, ".mcp.json"), "utf8")).toBe(other);
  });

  test("takes the folder as an argument", async () => {
    const here = machine();
    const { code } = await init({ ...here, root: here.home }, here.root, "--client", "claude");
    expect(code).toBe(0);
    expect(written(here.root)).toEqual([".claude/settings.json", ".mcp.json", "AGENTS.md", "CLAUDE.md"]);
  });

  test("stands in the place of coord, whose init ran here, and gives it back", async () => {
    const here = machine();
    const servers = `${JSON.stringify({ mcpServers: { coord: { command: "coord", args: ["mcp"] } } }, null, 2)}\n`;
    const protocol = "# Working with `coord`\n\nOne board.\n\n## Pick a handle\n\nA stable one.\n";
    writeFileSync(join(here.root, ".mcp.json"), servers);
    writeFileSync(join(here.root, "AGENTS.md"), protocol);
    const planned = await init(here, "--client", "claude", "--dry-run");
    expect(planned.out).toContain('-     "coord": {');
    expect(planned.out).toContain("- # Working with `coord`");
    expect((await init(here, "--client", "claude")).code).toBe(0);
    const read = (name: string) => readFileSync(join(here.root, name), "utf8");
    expect(Object.keys(JSON.parse(read(".mcp.json")).mcpServers)).toEqual(["cord"]);
    expect(read("AGENTS.md")).toStartWith("<!-- cord:begin -->");
    expect((await init(here, "--client", "claude", "--check")).code).toBe(0);
    expect((await init(here, "--remove")).code).toBe(0);
    expect([read(".mcp.json"), read("AGENTS.md")]).toEqual([servers, protocol]);
  });

  test.each([
    [["nowhere", "--remove"], 1, "there is no folder"],
    [["my project/file"], 64, "is no folder"],
    [["home"], 1, "your home directory"],
    [["my project", "--no-mcp", "--no-agents"], 64, "nothing to do"],
    [["my project", "--check", "--remove"], 64, "exclude each other"],
    [["my project", "--client", "emacs"], 64, "claude, cursor"],
    [["my project", "--remove", "--hooks", "cursor"], 64, "--hooks has no meaning beside it"],
    [["my project", "--hooks", "claude"], 64, "cursor, vscode, opencode"],
  ])("refuses %j", async (args, code, message) => {
    const here = machine();
    writeFileSync(join(here.root, "file"), "");
    const refused = await init({ ...here, root: join(here.root, "..") }, ...args);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(message);
    expect(written(here.root)).toEqual(["file"]);
  });
});

describe("cord init", () => {
  test("writes the hooks that are asked for by name with their client, none by --no-hooks, and takes out what it wrote", async () => {
    const here = machine();
    const shown = await init(here, "--yes", "--client", "claude", "--hooks", "opencode", "--dry-run");
    expect(shown.out).toContain("create .opencode/plugin/cord.js");
    expect(shown.out).toContain('"tool": "hook_edit"');
    expect(written(here.root)).toEqual([]);
    expect((await init(here, "--yes", "--client", "claude", "--no-hooks")).code).toBe(0);
    expect(written(here.root)).toEqual([".mcp.json", "AGENTS.md", "CLAUDE.md"]);
    expect((await init(here, "--yes", "--client", "claude", "--hooks", "opencode")).code).toBe(0);
    expect(written(here.root)).toEqual([
      ".claude/settings.json",
      ".mcp.json",
      ".opencode/plugin/cord.js",
      "AGENTS.md",
      "CLAUDE.md",
      "opencode.json",
    ]);
    expect((await init(here, "--check")).code).toBe(0);
    expect((await init(here, "--remove")).code).toBe(0);
    expect(filesBelow(here.root)).toEqual({});
  });

  test("run five times at once leaves what one would, and one --remove undoes it", async () => {
    const here = machine();
    writeFileSync(join(here.root, "AGENTS.md"), "mine\n");
    const sets = [["claude"], ["cursor"], ["claude", "gemini"], ["vscode"], ["cursor", "zed"]];
    const done = await Promise.all(sets.map((clients) => init(here, "--yes", "--client", ...clients)));
    expect(done.map(({ code, err }) => ({ code, err: code === 0 ? "" : err }))).toEqual(
      sets.map(() => ({ code: 0, err: "" })),
    );
    const agents = readFileSync(join(here.root, "AGENTS.md"), "utf8");
    expect(agents.split("<!-- cord:begin -->")).toHaveLength(2);
    expect(written(here.root)).toEqual([
      ".claude/settings.json",
      ".cursor/mcp.json",
      ".gemini/settings.json",
      ".mcp.json",
      ".vscode/mcp.json",
      ".zed/settings.json",
      "AGENTS.md",
      "CLAUDE.md",
    ]);
    expect((await init(here, "--remove")).code).toBe(0);
    expect(filesBelow(here.root)).toEqual({ "AGENTS.md": "mine\n" });
  });

  test("goes on where one that was killed has left its lock", async () => {
    const here = machine();
    mkdirSync(join(here.root, ".cord/init"), { recursive: true });
    writeFileSync(join(here.root, ".cord/init/lock"), "");
    expect((await init(here, "--yes", "--client", "claude")).code).toBe(0);
    expect((await init(here, "--remove")).code).toBe(0);
    expect(filesBelow(here.root)).toEqual({});
  });

  test("claims nothing for a client whose file it left as it was, and says what to do next with the others", async () => {
    const here = machine();
    writeFileSync(join(here.root, ".mcp.json"), "{ not JSON");
    const { code, out, err } = await init(here, "--yes", "--client", "claude", "cursor");
    expect(code).toBe(1);
    expect(out).toMatch(/refused +\.mcp\.json/);
    expect(err).toContain(
      "Left as they were, see above: .mcp.json, .claude/settings.json. Cord is not known there yet.",
    );
    expect(err).not.toContain("claude mcp list shows cord");
    expect(err).toContain("Cursor lists cord");
    expect(err).toContain("Restart the tabs that are open");
  });

  test("says nothing of success when nothing could be done", async () => {
    const here = machine();
    writeFileSync(join(here.root, ".mcp.json"), "{ not JSON");
    const { code, err } = await init(here, "--yes", "--client", "claude", "--no-agents");
    expect(code).toBe(1);
    expect(err).not.toMatch(/shows cord|Restart|To undo/);
  });

  test("takes the block out of a file that serves all agents only when all are undone", async () => {
    const here = machine();
    writeFileSync(join(here.root, "CLAUDE.md"), "mine\n");
    symlinkSync("CLAUDE.md", join(here.root, "AGENTS.md"));
    await init(here, "--yes", "--client", "claude", "cursor");
    await init(here, "--remove", "--client", "cursor");
    expect(readFileSync(join(here.root, "CLAUDE.md"), "utf8")).toContain("cord:begin");
    await init(here, "--remove");
    expect(readFileSync(join(here.root, "CLAUDE.md"), "utf8")).toBe("mine\n");
  });
});
