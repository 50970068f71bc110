import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applyInit } from "../../../src/cli/init/apply.ts";
import { clientIds } from "../../../src/cli/init/clients.ts";
import { planInit, type PlannedEdit } from "../../../src/cli/init/plan.ts";
import { targetsOf } from "../../../src/cli/init/targets.ts";
import { filesBelow, project, statuses } from "../../support/init-project.ts";
import { expectMode } from "../../support/expect-mode.ts";

const inProject = clientIds.filter((id) => id !== "windsurf" && id !== "codex-user");

/** Files as people have them, none of which init may hurt. */
const existing: Readonly<Record<string, string>> = {
  ".mcp.json": '{\n\t"mcpServers": {\n\t\t"docs": { "command": "docs" } // ours\n\t}\n}',
  ".cursor/mcp.json": "",
  ".codex/config.toml": '# codex\nmodel = "o9"\n',
  ".gemini/settings.json": '\uFEFF{"context": {"fileName": "NOTES.md"}}',
  ".vscode/mcp.json": '{\r\n    // none yet\r\n    "servers": {},\r\n}\r\n',
  "opencode.jsonc": '{ "theme": "x" }\n',
  ".zed/settings.json": "{}\n",
  "AGENTS.md": "# How we work\r\n",
  "CLAUDE.md": "# Claude",
  "src/main.c": "int main;\n",
};

function refusalOf(steps: readonly PlannedEdit[], path: string): string | undefined {
  return steps.find(({ target }) => target.file.path === path)?.refusal;
}

describe("init", () => {
  test("makes what is missing, and --remove leaves nothing behind", () => {
    const { init, remove, files } = project();
    const steps = init(inProject);
    expect(new Set(Object.values(statuses(steps)))).toEqual(new Set(["create"]));
    expect(Object.keys(files()).filter((path) => !path.startsWith(".cord"))).toEqual([
      ".agents/mcp_config.json",
      ".claude/settings.json",
      ".codex/config.toml",
      ".codex/hooks.json",
      ".cursor/mcp.json",
      ".gemini/settings.json",
      ".mcp.json",
      ".vscode/mcp.json",
      ".zed/settings.json",
      "AGENTS.md",
      "CLAUDE.md",
      "opencode.json",
    ]);
    expect(JSON.parse(files()[".gemini/settings.json"] ?? "")).toEqual({
      mcpServers: { cord: { command: "cord", args: ["mcp"] } },
      context: { fileName: ["AGENTS.md", "GEMINI.md"] },
      hooks: expect.any(Object),
    });
    remove();
    expect(files()).toEqual({});
  });

  test("a second time changes no byte, of the project or of its own record", () => {
    const { init, write, files } = project();
    for (const [path, text] of Object.entries(existing)) write(path, text);
    init(inProject);
    const after = files();
    expect(new Set(Object.values(statuses(init(inProject, { force: true }))))).toEqual(new Set(["same"]));
    expect(files()).toEqual(after);
  });

  test("keeps each file as it was, and --remove gives every byte back", () => {
    const { init, remove, write, files } = project();
    for (const [path, text] of Object.entries(existing)) write(path, text);
    init(["claude", "vscode"]);
    init(inProject);
    const backups = Object.entries(files()).filter(([path]) => path.startsWith(".cord/init/backup/"));
    expect(
      Object.fromEntries(backups.map(([path, text]) => [path.slice(".cord/init/backup/".length), text])),
    ).toEqual(Object.fromEntries(Object.entries(existing).filter(([path]) => path !== "src/main.c")));
    expect(files()[".cord/.gitignore"]).toBe("*\n!config.toml\n");
    remove();
    expect(files()).toEqual({ ...existing });
  });

  test("undone after others edited the files takes out its own part only", () => {
    const { init, remove, write, read, files } = project();
    for (const [path, text] of Object.entries(existing)) write(path, text);
    init(inProject);
    write(".mcp.json", read(".mcp.json").replace('"mcpServers"', '"new": 1,\n\t"mcpServers"'));
    write(".codex/config.toml", `${read(".codex/config.toml")}\n[new]\na = 1\n`);
    write("AGENTS.md", `${read("AGENTS.md")}\r\nMore.\r\n`);
    write("CLAUDE.md", `New.\n${read("CLAUDE.md")}`);
    remove();
    expect(files()).toEqual({
      ...existing,
      ".mcp.json": (existing[".mcp.json"] ?? "").replace('"mcpServers"', '"new": 1,\n\t"mcpServers"'),
      ".codex/config.toml": '# codex\nmodel = "o9"\n\n[new]\na = 1\n',
      "AGENTS.md": "# How we work\r\n\r\nMore.\r\n",
      "CLAUDE.md": "New.\n# Claude\n",
    });
  });

  test("done again after an edit does not make --remove bring the edit's past back", () => {
    const { init, remove, write, read, files } = project();
    write(".mcp.json", '{\n  "a": 1\n}\n');
    init(["claude"]);
    write(".mcp.json", read(".mcp.json").replace('"a": 1', '"a": 2').replace('"cord",', '"cord-old",'));
    init(["claude"], { force: true });
    remove();
    expect(files()).toEqual({ ".mcp.json": '{\n  "a": 2\n}\n' });
  });

  test("done again after its part was deleted by hand starts from there", () => {
    const { init, remove, write, files } = project();
    write("AGENTS.md", "one\n");
    init(["cursor"]);
    write("AGENTS.md", "two");
    init(["cursor"]);
    remove();
    expect(files()).toEqual({ "AGENTS.md": "two" });
  });

  test("--remove without a record finds what bears cord's name, and leaves what may be anybody's", () => {
    const { init, files } = project();
    init(inProject);
    const clone = project();
    for (const [path, text] of Object.entries(files()))
      if (!path.startsWith(".cord")) clone.write(path, text);
    clone.write(".gemini/settings.json", clone.read(".gemini/settings.json").replace("{", '{\n  "a": 1,'));
    clone.remove();
    expect(Object.keys(clone.files())).toEqual([".gemini/settings.json", "CLAUDE.md"]);
    expect(JSON.parse(clone.read(".gemini/settings.json"))).toEqual({
      a: 1,
      context: { fileName: ["AGENTS.md", "GEMINI.md"] },
    });
  });

  test("--remove with a record leaves alone what was there before init", () => {
    const { init, remove, write, files } = project();
    const own = '{"mcpServers": {"cord": {"command": "cord", "args": ["mcp"]}}}';
    write(".mcp.json", own);
    init(["claude", "cursor"]);
    remove();
    expect(files()).toEqual({ ".mcp.json": own });
  });

  test("--remove of one client leaves the others and AGENTS.md", () => {
    const { init, remove, files } = project();
    init(["claude", "cursor"]);
    remove({ ids: ["cursor"] });
    expect(Object.keys(files()).filter((path) => !path.startsWith(".cord/"))).toEqual([
      ".claude/settings.json",
      ".mcp.json",
      "CLAUDE.md",
    ]);
    remove();
    expect(files()).toEqual({});
  });

  test("--no-mcp and --no-agents each leave out their half", () => {
    const one = project();
    one.init(["claude", "gemini"], { mcp: false });
    expect(JSON.parse(one.read(".gemini/settings.json"))).toEqual({
      context: { fileName: ["AGENTS.md", "GEMINI.md"] },
    });
    expect(one.files()[".mcp.json"]).toBeUndefined();
    const other = project();
    other.init(["claude", "gemini"], { agents: false, hooks: false });
    expect(JSON.parse(other.read(".gemini/settings.json"))).toEqual({
      mcpServers: { cord: { command: "cord", args: ["mcp"] } },
    });
    expect(other.files()["AGENTS.md"]).toBeUndefined();
    expect(other.files()["CLAUDE.md"]).toBeUndefined();
  });

  test("writes opencode's part into the file that is there", () => {
    const { init, write, files } = project();
    write(".opencode/opencode.jsonc", "{} // mine\n");
    init(["opencode"]);
    expect(files()["opencode.json"]).toBeUndefined();
    expect(files()[".opencode/opencode.jsonc"]).toContain('"type": "local"');
  });
});

describe("init writes the user's own settings only when named, and", () => {
  test("keeps the text of before beside them", () => {
    const { world, init, remove } = project();
    const path = join(world.home, ".codeium/windsurf/mcp_config.json");
    mkdirSync(join(world.home, ".codeium/windsurf"), { recursive: true });
    writeFileSync(path, '{"mcpServers":{"x":{"command":"x"}}}', { mode: 0o600 });
    init(["windsurf"]);
    expect(JSON.parse(readFileSync(path, "utf8")).mcpServers.cord).toEqual({
      command: "cord",
      args: ["mcp"],
    });
    expectMode(path, 0o600);
    expectMode(`${path}.cord-backup`, 0o600);
    remove();
    expect(existsSync(`${path}.cord-backup`)).toBe(true);
    remove({ ids: ["windsurf"] });
    expect(filesBelow(world.home)).toEqual({
      ".codeium/windsurf/mcp_config.json": '{"mcpServers":{"x":{"command":"x"}}}',
    });
  });

  test("finds Codex's where CODEX_HOME says", () => {
    const { world, init } = project();
    const folder = join(world.home, "elsewhere");
    mkdirSync(folder);
    Object.assign(world.variables, { CODEX_HOME: folder });
    init(["codex-user"]);
    expect(filesBelow(world.home)).toEqual({
      "elsewhere/config.toml":
        '[mcp_servers.cord]\ncommand = "cord"\nargs = ["mcp"]\nenv_vars = ["CORD_URL", "CORD_DB", "XDG_DATA_HOME", "CODEX_HOME"]\n',
      "elsewhere/hooks.json": expect.stringContaining('"tool": "hook_edit"'),
    });
  });
});

describe("init refuses one file and does the others when", () => {
  test("it cannot be parsed", () => {
    const { init, write, read } = project();
    write(".mcp.json", '{"mcpServers": {');
    write(".codex/config.toml", "a = \n");
    write("AGENTS.md", "<!-- cord:begin -->\n");
    const steps = init(["claude", "codex", "cursor"]);
    expect(statuses(steps)).toEqual({
      ".mcp.json": "refused",
      ".claude/settings.json": "refused",
      ".cursor/mcp.json": "create",
      ".codex/config.toml": "refused",
      ".codex/hooks.json": "refused",
      "AGENTS.md": "refused",
      "CLAUDE.md": "create",
    });
    expect(refusalOf(steps, ".mcp.json")).toContain("line 1");
    expect(refusalOf(steps, ".codex/hooks.json")).toBe(
      "its hooks ask the server, which could not be put into .codex/config.toml",
    );
    expect(read(".mcp.json")).toBe('{"mcpServers": {');
    expect(read(".codex/config.toml")).toBe("a = \n");
  });

  test("it is not text, or no file", () => {
    const { world, init } = project();
    writeFileSync(join(world.root, ".mcp.json"), Uint8Array.of(0x7b, 0xff, 0x7d));
    mkdirSync(join(world.root, "AGENTS.md"));
    writeFileSync(join(world.root, ".cursor"), "a file");
    const steps = init(["claude", "cursor"]);
    expect(refusalOf(steps, ".mcp.json")).toContain("not UTF-8");
    expect(refusalOf(steps, "AGENTS.md")).toContain("not a regular file");
    expect(refusalOf(steps, ".cursor/mcp.json")).toContain("is a file");
  });

  test("it is a link, or its folder is", () => {
    const { world, init } = project();
    const outside = join(world.home, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "mcp.json"), "{}");
    symlinkSync(join(outside, "mcp.json"), join(world.root, ".mcp.json"));
    symlinkSync(outside, join(world.root, ".cursor"));
    symlinkSync(join(outside, "nothing"), join(world.root, "AGENTS.md"));
    const steps = init(["claude", "cursor"]);
    expect(refusalOf(steps, ".mcp.json")).toContain("it is a symbolic link");
    expect(refusalOf(steps, ".cursor/mcp.json")).toContain('its folder ".cursor" is a symbolic link');
    expect(refusalOf(steps, "AGENTS.md")).toContain("it is a symbolic link");
    expect(filesBelow(outside)).toEqual({ "mcp.json": "{}" });
  });

  test("it, or its folder, is read-only", () => {
    const { world, init, write, read } = project();
    write(".mcp.json", "{}");
    chmodSync(join(world.root, ".mcp.json"), 0o444);
    mkdirSync(join(world.root, ".cursor"));
    chmodSync(join(world.root, ".cursor"), 0o555);
    const steps = init(["claude", "cursor"]);
    expect(refusalOf(steps, ".mcp.json")).toContain("read-only");
    expect(refusalOf(steps, ".cursor/mcp.json")).toContain("its folder is read-only");
    expect(read(".mcp.json")).toBe("{}");
    expect(existsSync(join(world.root, "AGENTS.md"))).toBe(true);
    chmodSync(join(world.root, ".cursor"), 0o755);
  });

  test("it changed between the plan and the writing", () => {
    const { world, init, write, read } = project();
    init(["cursor"]);
    const targets = targetsOf(world, { clients: [], mcp: true, agents: true, hooks: true, priced: [] });
    write("AGENTS.md", "one\n");
    const steps = planInit(targets, false);
    write("AGENTS.md", "two\n");
    expect(refusalOf(applyInit(world.root, steps, []), "AGENTS.md")).toContain("it changed while");
    expect(read("AGENTS.md")).toBe("two\n");
  });
});

describe("init", () => {
  test("refuses to keep its record behind a link, before anything is written", () => {
    const { world, init, files } = project();
    const outside = join(world.home, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(world.root, ".cord"));
    expect(() => init(["claude"])).toThrow("symbolic link");
    expect(Object.keys(files())).toEqual([]);
    expect(filesBelow(outside)).toEqual({});
  });

  const inside = "# Rules\n";
  test.each<[string, string, Record<string, string>]>([
    ["CLAUDE.md is a link to AGENTS.md", "AGENTS.md", { "CLAUDE.md": "AGENTS.md" }],
    ["CLAUDE.md is an absolute link to AGENTS.md", "AGENTS.md", { "CLAUDE.md": "/AGENTS.md" }],
    ["AGENTS.md is a link to CLAUDE.md", "CLAUDE.md", { "AGENTS.md": "CLAUDE.md" }],
    ["AGENTS.md is an absolute link to CLAUDE.md", "CLAUDE.md", { "AGENTS.md": "/CLAUDE.md" }],
    [
      "both are links to a third file",
      "docs/rules.md",
      { "AGENTS.md": "docs/rules.md", "CLAUDE.md": "/docs/rules.md" },
    ],
    [
      "one is a link to the other's link",
      "docs/rules.md",
      { "AGENTS.md": "docs/rules.md", "CLAUDE.md": "AGENTS.md" },
    ],
  ])("puts one block into the one file, and no import of itself, when %s", (_, real, links) => {
    const { world, init, remove, write, read, files } = project();
    write(real, inside);
    for (const [name, to] of Object.entries(links))
      symlinkSync(to.startsWith("/") ? join(world.root, to) : to, join(world.root, name));
    expect(statuses(init(["claude"]))).toEqual({
      ".claude/settings.json": "create",
      ".mcp.json": "create",
      [real]: "change",
    });
    expect(read(real).split("<!-- cord:begin -->")).toHaveLength(2);
    expect(read(real)).not.toContain("@AGENTS.md");
    for (const name of Object.keys(links))
      expect(lstatSync(join(world.root, name)).isSymbolicLink()).toBe(true);
    expect(new Set(Object.values(statuses(init(["claude"]))))).toEqual(new Set(["same"]));
    remove();
    expect(read(real)).toBe(inside);
    expect(Object.keys(files()).toSorted()).toEqual(
      [...new Set(["AGENTS.md", "CLAUDE.md", real])].toSorted(),
    );
  });

  test("leaves a file outside the project alone, by whichever of both names it is reached, and asks for no import of itself", () => {
    const { world, init } = project();
    writeFileSync(join(world.home, "rules.md"), inside);
    symlinkSync(join(world.home, "rules.md"), join(world.root, "AGENTS.md"));
    symlinkSync("../home/rules.md", join(world.root, "CLAUDE.md"));
    expect(statuses(init(["claude"]))).toEqual({
      ".claude/settings.json": "create",
      ".mcp.json": "create",
      "AGENTS.md": "refused",
    });
    expect(readFileSync(join(world.home, "rules.md"), "utf8")).toBe(inside);
  });

  test("keeps a file's mode", () => {
    const { world, init, write } = project();
    write("AGENTS.md", "mine\n");
    chmodSync(join(world.root, "AGENTS.md"), 0o640);
    init(["cursor"]);
    expectMode(join(world.root, "AGENTS.md"), 0o640);
    expectMode(join(world.root, ".cord/init/backup/AGENTS.md"), 0o640);
  });

  test("is not led out of the project by a record that somebody else wrote", () => {
    const { world, remove, write, files } = project();
    const victim = join(world.home, "victim");
    writeFileSync(victim, "precious");
    const after = new Bun.CryptoHasher("sha256").update("precious").digest("hex");
    const paths = ["../home/victim", victim, "src/main.c"];
    write("src/main.c", "precious");
    write(
      ".cord/init/record.json",
      JSON.stringify({
        version: 1,
        clients: ["windsurf"],
        files: Object.fromEntries(paths.map((path) => [path, { created: true, after }])),
        folders: ["..", "../home"],
      }),
    );
    remove();
    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(files()["src/main.c"]).toBe("precious");
  });

  test("takes a record that makes no sense for none", () => {
    const { init, remove, write, files } = project();
    init(["cursor"]);
    write(".cord/init/record.json", "{broken");
    remove();
    expect(Object.keys(files()).filter((path) => !path.startsWith(".cord/"))).toEqual([]);
  });
});
