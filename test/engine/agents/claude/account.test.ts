import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../../../../src/engine/agents/claude/account.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";

/** By what cord knows that two runs use one account. */

/** A home with Claude Code's own records of a login, if any. */
function home(account?: string): { HOME: string } {
  const folder = temporaryDirectory("account");
  mkdirSync(join(folder, ".claude"));
  const records = account === undefined ? {} : { oauthAccount: { accountUuid: account } };
  writeFileSync(join(folder, ".claude.json"), JSON.stringify(records));
  return { HOME: folder };
}

test("a key, a token or a login decides, and the API's address; none of them can be read in it", () => {
  const env = home("account-1");
  const all = [
    env,
    home("account-2"),
    { ...env, ANTHROPIC_API_KEY: "sk-one" },
    { ...env, ANTHROPIC_API_KEY: "sk-two" },
    { ...env, CLAUDE_CODE_OAUTH_TOKEN: "sk-one" },
    { ...env, ANTHROPIC_API_KEY: "sk-one", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" },
  ].map(accountOf);
  expect(new Set(all).size).toBe(all.length);
  for (const account of all) expect(account).toMatch(/^claude:[0-9a-f]{24}$/);
});

test("two logins of one account are one, and a login that does not say whose it is, is its folder's", () => {
  expect(accountOf(home("account-1"))).toBe(accountOf(home("account-1")));
  const [one, other] = [home(), home()];
  expect(accountOf(one)).toBe(accountOf(one));
  expect(accountOf(one)).not.toBe(accountOf(other));
});
