import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { VariableName } from "../../../core/environment.ts";
import { isJsonObject } from "../../../core/json.ts";
import type { Login, Machine } from "../agent.ts";

/** Variables with which Claude Code needs no login of its own. */
const variables: readonly VariableName[] = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
];

/**
 * Only whether there is a key or a login, by name: to see whether it works would cost a call. On macOS the login is
 * in the keychain; on Windows in the same file as on Linux.
 */
export function login({ env, home }: Machine, platform: NodeJS.Platform = process.platform): Login {
  const moved = env.CLAUDE_CONFIG_DIR;
  const folder = moved || join(home, ".claude");
  const credentials = join(folder, ".credentials.json");
  const account = join(moved || home, ".claude.json");
  const settings = join(folder, "settings.json");
  const ways = [
    ...variables.filter((name) => env[name]).map((name) => `${name} is set`),
    ...(existsSync(credentials) ? [`a login in ${credentials}`] : []),
    ...(hasKey(account, "oauthAccount") ? [`an account in ${account}`] : []),
    ...(hasKey(settings, "apiKeyHelper") ? [`an apiKeyHelper in ${settings}`] : []),
  ];
  return { ways, looked: folder, mayBeElsewhere: platform === "darwin" };
}

function hasKey(file: string, key: string): boolean {
  try {
    const settings: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isJsonObject(settings) && Object.hasOwn(settings, key);
  } catch {
    return false;
  }
}
