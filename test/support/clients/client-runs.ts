import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientWorld } from "./clients.ts";

/** How Codex, Gemini CLI and opencode are run with a test's model, in a project that cord init prepared. */
export interface ClientRun {
  client: string;
  /** it holds arguments against a tool's schema itself, and sends none that does not fit */
  checks?: true;
  argv: string[];
  /** its configuration for a model at this address, as variables and files */
  prepare(url: string): Record<string, string>;
}

/** Prepares the project, which each of them trusts. */
export async function clientRuns(world: ClientWorld): Promise<ClientRun[]> {
  mkdirSync(join(world.home, ".codex"));
  mkdirSync(join(world.home, ".gemini"));
  writeFileSync(join(world.home, ".codex/config.toml"), trustedBy(world));
  await world.run("cord init --yes --client codex gemini opencode".split(" "));
  return [codex(world), gemini(world), opencode(world)];
}

function trustedBy({ project }: ClientWorld): string {
  return `[projects."${project}"]\ntrust_level = "trusted"\n`;
}

function codex(world: ClientWorld): ClientRun {
  return {
    client: "Codex",
    argv: "codex exec --json --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox -m test-model Work".split(
      " ",
    ),
    prepare(url) {
      const home = join(world.home, "codex-calling");
      mkdirSync(home);
      const provider = `[model_providers.fake]\nname = "fake"\nbase_url = "${url}/v1"\nwire_api = "responses"\nenv_key = "FAKE_KEY"\n`;
      writeFileSync(join(home, "config.toml"), `model_provider = "fake"\n${provider}${trustedBy(world)}`);
      return { CODEX_HOME: home, FAKE_KEY: "test-key" };
    },
  };
}

function gemini({ home, project }: ClientWorld): ClientRun {
  const flags = "-m gemini-2.5-pro --approval-mode yolo --skip-trust -p".split(" ");
  return {
    client: "Gemini CLI",
    checks: true,
    argv: ["gemini", ...flags, "Work on the board."],
    prepare(url) {
      const settings = {
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: "gemini-api-key" } },
      };
      writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
      const folders = { [project]: "TRUST_FOLDER" };
      writeFileSync(join(home, ".gemini/trustedFolders.json"), JSON.stringify(folders));
      return { GEMINI_API_KEY: "test-key", GOOGLE_GEMINI_BASE_URL: url };
    },
  };
}

function opencode({ home }: ClientWorld): ClientRun {
  return {
    client: "opencode",
    argv: ["opencode", "run", "--format", "json", "-m", "fake/m", "Work on the board."],
    prepare(url) {
      const model = { tool_call: true, limit: { context: 100_000, output: 10_000 } };
      const config = {
        permission: { "*": "allow" },
        share: "disabled",
        autoupdate: false,
        agent: { title: { disable: true } },
        provider: {
          fake: {
            npm: "@ai-sdk/openai-compatible",
            options: { baseURL: `${url}/v1`, apiKey: "test-key" },
            models: { m: model },
          },
        },
      };
      return {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
        XDG_CACHE_HOME: join(home, "opencode/cache"),
        XDG_CONFIG_HOME: join(home, "opencode/config"),
        XDG_STATE_HOME: join(home, "opencode/state"),
      };
    },
  };
}
