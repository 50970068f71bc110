import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientWorld, closedUrl } from "../support/clients/clients.ts";
import { openCodex } from "../support/clients/codex.ts";

/** Codex, Gemini CLI and opencode, as they are installed from the registry, in a project that cord init prepared. */

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());

// where Codex trusts the project, its entry goes there
mkdirSync(join(world.home, ".codex"));
writeFileSync(
  join(world.home, ".codex/config.toml"),
  `[projects."${world.project}"]\ntrust_level = "trusted"\n`,
);
const init = await world.run("cord init --yes --client codex gemini opencode".split(" "));

test("cord init writes what each of them reads", () => {
  expect({ code: init.code, err: init.err.includes("To undo all this") }).toEqual({ code: 0, err: true });
  for (const file of [".codex/config.toml", ".gemini/settings.json", "opencode.json", "AGENTS.md"])
    expect([file, existsSync(join(world.project, file))]).toEqual([file, true]);
});

describe("Codex", () => {
  const home = join(world.home, "codex");
  const env = { CODEX_HOME: home };
  // a provider that nobody listens for: Codex opens a connection to its model as soon as a thread starts
  const nowhere = `model_provider = "nowhere"\n[model_providers.nowhere]\nname = "nowhere"\nbase_url = "${closedUrl}/v1"\n`;
  mkdirSync(home);

  test("lists cord in a project that is trusted, and only there", async () => {
    writeFileSync(join(home, "config.toml"), nowhere);
    const untrusted = await world.run(["codex", "mcp", "list"], env);
    expect(untrusted.out).toContain("No MCP servers configured");
    trust();
    const listed = await world.run(["codex", "mcp", "list", "--json"], env);
    expect(JSON.parse(listed.out)).toMatchObject([
      { name: "cord", enabled: true, transport: { type: "stdio", command: "cord", args: ["mcp"] } },
    ]);
  });

  test("starts cord in a thread, shows its tools, and calls one", async () => {
    trust();
    await using codex = openCodex(world.env, { CODEX_HOME: home }, world.project);
    const server = await codex.server("cord");
    expect(server.runtimeStatus).toBe("connected");
    expect(Object.keys(server.tools).toSorted()).toEqual(boardTools);
    const sent = await codex.call("cord", "tasks_send", { name: "from Codex" });
    expect(sent).toMatchObject({ structuredContent: { name: "from Codex", project: world.project } });
    expect(world.handed().at(-1)).toBe(world.url);
  });

  function trust(): void {
    writeFileSync(
      join(home, "config.toml"),
      `${nowhere}[projects."${world.project}"]\ntrust_level = "trusted"\n`,
    );
  }
});

describe("Gemini CLI", () => {
  test("lists cord as disabled in a folder that is not trusted, and as connected in one that is", async () => {
    const folder = join(world.home, ".gemini");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "settings.json"),
      JSON.stringify({
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        security: { folderTrust: { enabled: true } },
      }),
    );
    const untrusted = await world.run(["gemini", "mcp", "list"]);
    expect(plain(untrusted)).toContain("cord: cord mcp (stdio) - Disabled");
    writeFileSync(join(folder, "trustedFolders.json"), JSON.stringify({ [world.project]: "TRUST_FOLDER" }));
    const trusted = await world.run(["gemini", "mcp", "list"]);
    expect(plain(trusted)).toContain("cord: cord mcp (stdio) - Connected");
    expect(world.handed().at(-1)).toBe(world.url);
  });
});

describe("opencode", () => {
  test("lists cord as connected, and leaves the file as init wrote it", async () => {
    const listed = await world.run(["opencode", "mcp", "list"], {
      XDG_CACHE_HOME: join(world.home, "opencode/cache"),
      XDG_CONFIG_HOME: join(world.home, "opencode/config"),
      XDG_DATA_HOME: join(world.home, "opencode/data"),
      XDG_STATE_HOME: join(world.home, "opencode/state"),
    });
    expect(plain(listed)).toMatch(/✓ cord +connected/);
    expect(world.handed().at(-1)).toBe(world.url);
    const checked = await world.run(["cord", "init", "--check", "--client", "opencode"]);
    expect(checked).toMatchObject({ code: 0 });
  });
});

const boardTools = [
  "agents_heartbeat",
  "agents_list",
  "files_list",
  "files_release",
  "files_reserve",
  "messages_list",
  "messages_send",
  "tasks_answer",
  "tasks_ask",
  "tasks_cancel",
  "tasks_claim",
  "tasks_complete",
  "tasks_extend",
  "tasks_fail",
  "tasks_get",
  "tasks_list",
  "tasks_reclaim",
  "tasks_release",
  "tasks_say",
  "tasks_send",
  "tasks_watch",
];

function plain({ out, err }: { out: string; err: string }): string {
  return Bun.stripANSI(out + err);
}
