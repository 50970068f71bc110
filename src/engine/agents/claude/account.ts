import type { Environment, VariableName } from "../../../core/environment.ts";
import { isJsonObject } from "../../../core/json.ts";
import { claudeFolder, recordsOf } from "./trust.ts";

/** What decides who pays, beside a login: Claude Code takes the first that there is. */
const variables: readonly VariableName[] = [
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
];

/**
 * Whose allowance Claude Code's calls use: a hash over the API's address and over the key, token or logged-in account. A
 * login that does not say whose it is counts as that of its folder. Two logins of one account are the same one.
 */
export function accountOf(env: Environment): string {
  const given = variables.filter((name) => env[name]).map((name) => `${name}=${env[name]}`);
  const who = given.length > 0 ? given : [loggedIn(env) ?? claudeFolder(env)];
  const hash = new Bun.CryptoHasher("sha256").update([env.ANTHROPIC_BASE_URL ?? "", ...who].join("\0"));
  return `claude:${hash.digest("hex").slice(0, hashLength)}`;
}

const hashLength = 24;

function loggedIn(env: Environment): string | null {
  const account = recordsOf(env)["oauthAccount"];
  const id = isJsonObject(account) ? account["accountUuid"] : null;
  return typeof id === "string" && id !== "" ? id : null;
}
