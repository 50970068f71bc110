import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientWorld, type ClientWorld } from "./clients.ts";

/** A project that cord init has prepared for Claude Code: it finds cord by .mcp.json, and by nothing else. */
export async function claudeProject(): Promise<ClientWorld> {
  const world = await clientWorld();
  const { code, err } = await world.run(["cord", "init", "--yes", "--client", "claude"]);
  if (code !== 0) throw new Error(err);
  return world;
}

/** Its configuration beside the project, cord on PATH, and time for a server to start: it does not wait by default. */
export function claudeEnvIn({ home, env }: ClientWorld): Record<string, string> {
  return {
    ...env,
    CLAUDE_CONFIG_DIR: join(home, "claude-config"),
    HOME: home,
    MCP_CONNECT_TIMEOUT_MS: "30000",
    MCP_CONNECTION_NONBLOCKING: "0",
  };
}

/** What a person says once, in the dialogue of the first start. */
export function approveServers({ home }: ClientWorld): void {
  mkdirSync(join(home, "claude-config"), { recursive: true });
  writeFileSync(
    join(home, "claude-config/settings.json"),
    JSON.stringify({ enableAllProjectMcpServers: true }),
  );
}
