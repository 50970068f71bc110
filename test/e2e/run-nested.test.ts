import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { claudePath } from "../support/claude/claude.ts";
import { call, say } from "../support/claude/model.ts";
import { runWorld } from "../support/machine/run-world.ts";

/** A run that is started in the shell of another agent's session. */

/** What a tab of a newer Claude Code, or of Codex, tells its shell beside what the one of the tests does. */
const newerVariables =
  "CLAUDE_PID=1 CLAUDE_CODE_HOST_SESSION_ID=h CLAUDE_CODE_SESSION_ATTENDED=1 CLAUDE_CODE_MESSAGING_SOCKET=/s CLAUDE_CODE_MESSAGING_TOKEN=t CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS=i CLAUDE_CODE_CHILD_NOTES_DIR=/n CLAUDE_ENV_FILE=/e CLAUDE_PROJECT_DIR=/p CLAUDE_BG_BACKEND=daemon CODEX_THREAD_ID=c CODEX_SESSION_ID=c";

/** What Claude Code says in the shell of its own session; an agent starts with none of it. */
const sessionVariables =
  /^(?:CLAUDECODE|AI_AGENT|CLAUDE_(?:EFFORT|PID|ENV_FILE|PROJECT_DIR|BG_\w+)|CLAUDE_CODE_(?:ENTRYPOINT|EXECPATH|\w*SESSION\w*|MESSAGING_\w+|CHILD_\w+)|CODEX_\w+)=/m;

test("an agent of a run that is started inside a Claude Code tab knows nothing of that tab, and all of the user's settings", async () => {
  await using world = await runWorld(({ node, step, stepSincePrompt }) => {
    if (node === null) return step === 0 ? call("Bash", { command: inTheTab }) : say("The run is over.");
    return stepSincePrompt === 0 ? call("complete", { result: "From inside." }) : say("Done.");
  });
  const [outer, inner] = [join(world.cwd, "outer.env"), join(world.cwd, "inner.env")];
  const inTheTab = `export ${newerVariables}; env > ${outer}; ${world.binary} run "Inside" > ${world.cwd}/out 2> ${world.cwd}/err`;
  world.wrapClaude(`env > ${inner}\nexec "$REAL" "$@"`);
  world.env["CLAUDE_CODE_MAX_RETRIES"] = "3";
  const tab = Bun.spawn([claudePath(), "-p", "--permission-mode", "bypassPermissions", "Start a run."], {
    cwd: world.cwd,
    env: world.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  expect(await new Response(tab.stdout).text()).toBe("The run is over.\n");
  expect(readFileSync(join(world.cwd, "out"), "utf8")).toBe("From inside.\n");
  expect(readFileSync(outer, "utf8")).toMatch(/^CLAUDECODE=1$/m);
  const env = readFileSync(inner, "utf8");
  expect(sessionVariables.exec(env)?.[0] ?? null).toBeNull();
  for (const name of ["CLAUDE_CONFIG_DIR", "ANTHROPIC_API_KEY", "CLAUDE_CODE_MAX_RETRIES"])
    expect(env).toContain(`\n${name}=${world.env[name]}\n`);
});
