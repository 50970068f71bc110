import { join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

/**
 * Loaded before every test file (bunfig.toml): no test, and nothing that a test starts, can reach a person's
 * account, settings, data or daemon. A test that wants one of these sets it for what it starts.
 */

/** Where nothing listens: an agent started without a scripted model fails, and costs nothing. */
const closedUrl = "http://127.0.0.1:9";

/** Set by the shell that runs the tests, perhaps an agent's own or a git hook's; no test may depend on them but for a seed. */
const outer = /^(?:ANTHROPIC_|CLAUDE|CORD_(?!SEED$)|XDG_|GIT_|AI_AGENT$|NO_COLOR$|FORCE_COLOR$|MCP_|OTEL_)/;

const home = temporaryDirectory("home");

for (const name of Object.keys(process.env)) if (outer.test(name)) delete process.env[name];

Object.assign(process.env, {
  ANTHROPIC_API_KEY: "test-key",
  ANTHROPIC_BASE_URL: closedUrl,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CONFIG_DIR: join(home, "claude-config"),
  GIT_CONFIG_NOSYSTEM: "1",
  HOME: home,
  USERPROFILE: home,
  XDG_CACHE_HOME: join(home, ".cache"),
  XDG_CONFIG_HOME: join(home, ".config"),
  XDG_DATA_HOME: join(home, ".local/share"),
  XDG_RUNTIME_DIR: join(home, ".run"),
  XDG_STATE_HOME: join(home, ".local/state"),
});
