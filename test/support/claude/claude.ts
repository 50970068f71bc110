import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Model } from "./model.ts";

/** The real Claude Code, of the versions that are pinned, and an environment in which it reaches nobody. */

/** The version of package.json, and the newest of the registry, which stands with the other clients. */
export type ClaudeVersion = "pinned" | "newest";

/** Absolute path of the native binary of this platform's package; it runs without node. TEST_CLAUDE=newest makes that the usual one. */
export function claudePath(version: ClaudeVersion = defaultVersion()): string {
  const found = platformPackages()
    .map((name) =>
      join(modules[version], "@anthropic-ai", name, process.platform === "win32" ? "claude.exe" : "claude"),
    )
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(
      `No binary of the ${version} Claude Code for ${process.platform}-${process.arch}: run "npm test".`,
    );
  return found;
}

function defaultVersion(): ClaudeVersion {
  return process.env["TEST_CLAUDE"] === "newest" ? "newest" : "pinned";
}

/**
 * All of the environment of an agent, or of an engine that starts agents: the model as its API, a home and a
 * configuration of its own under dir, `claude` on PATH, and nothing of an outer agent's session.
 */
export function claudeEnv(model: Pick<Model, "url">, dir: string): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !foreign.test(name)) kept[name] = value;
  const temporary = join(dir, "claude-tmp");
  mkdirSync(temporary, { recursive: true });
  return {
    ...kept,
    ANTHROPIC_API_KEY: "test-key",
    ANTHROPIC_BASE_URL: model.url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    // else it keeps files of its sessions in /tmp/claude-UID, whatever TMPDIR says
    CLAUDE_CODE_TMPDIR: temporary,
    CLAUDE_CONFIG_DIR: join(dir, "claude-config"),
    HOME: dir,
    // it refuses to bypass permissions as root elsewhere, and containers run the tests as root
    IS_SANDBOX: "1",
    PATH: `${dirname(claudePath())}:${kept["PATH"] ?? ""}`,
  };
}

const repositoryRoot = join(import.meta.dirname, "../../..");
const modules: Readonly<Record<ClaudeVersion, string>> = {
  pinned: join(repositoryRoot, "node_modules"),
  newest: join(repositoryRoot, "scripts/clients/node_modules"),
};
const foreign = /^(?:ANTHROPIC_|CLAUDE|AI_AGENT$|CORD_|MCP_)/;

/** On Linux there is a package for each of the two C libraries; only the fitting one is installed. */
function platformPackages(): string[] {
  const name = `claude-code-${process.platform}-${process.arch}`;
  return [name, `${name}-musl`];
}
