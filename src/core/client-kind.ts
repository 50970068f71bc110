import type { ClientKind } from "./tab.ts";

/**
 * The program that a client of MCP is, by the name that it gives of itself (clientInfo.name of initialize). Seen: claude-code,
 * codex-mcp-client, gemini-cli-mcp-client, opencode. By their makers' and others' documents: cursor-vscode, Visual Studio Code,
 * windsurf-client, Zed, antigravity-client.
 */
export function clientKindOf(name: string): ClientKind {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

/** Cursor and Windsurf are made from VS Code, and may say so. */
const kinds: readonly (readonly [RegExp, ClientKind])[] = [
  [/^claude-code\b/i, "claude"],
  [/^codex\b/i, "codex"],
  [/^gemini-cli\b/i, "gemini"],
  [/^opencode\b/i, "opencode"],
  [/^cursor\b/i, "cursor"],
  [/^windsurf\b/i, "windsurf"],
  [/^antigravity\b/i, "antigravity"],
  [/^zed\b/i, "zed"],
  [/^(?:visual studio code|vscode)\b/i, "vscode"],
];
