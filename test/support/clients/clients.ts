import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testTimeoutMs } from "../../../scripts/steps.ts";
import { startBoard } from "../machine/board.ts";
import { start, type Finished, type Running } from "../machine/command.ts";

/** The real MCP clients of scripts/clients, each with a home of its own, against the compiled binary. */
export interface ClientWorld extends AsyncDisposable {
  project: string;
  home: string;
  /** the daemon's, ends in a slash */
  url: string;
  token: string;
  /** where the daemon has its folder */
  data: string;
  env: Record<string, string>;
  /** A program on PATH, such as codex, in the project. It is ended when it takes longer than any should. */
  run(argv: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Ends the daemon with SIGKILL. */
  killDaemon(): Promise<void>;
  /** the CORD_URL of each start of `cord mcp` so far: empty where a client kept it from its server */
  handed(): string[];
}

/** Where the clients are installed. */
export const clientModules = join(import.meta.dirname, "../../../scripts/clients/node_modules");

const binFolder = join(clientModules, ".bin");

/** Where nothing listens: a client that would call home, or a model, fails there at once. */
export const closedUrl = "http://127.0.0.1:9";

/**
 * A project, a daemon's address and data, and `cord` first on PATH. That is a script before the binary, since some clients
 * give their servers a cleaned environment: without it, cord would take the usual port and the person's data.
 */
export async function clientWorld(): Promise<ClientWorld> {
  if (!existsSync(binFolder))
    throw new Error('The clients are not installed: "bun install --cwd scripts/clients".');
  const board = await startBoard();
  const { home, url, data, binary } = board;
  const log = join(home, "handed.log");
  mkdirSync(join(home, "tmp"));
  writeFileSync(log, "");
  const script = [
    `[ "$1" != mcp ] || echo "$CORD_URL" >>'${log}'`,
    `export CORD_URL='${url}' XDG_DATA_HOME='${data}'`,
    `exec '${binary}' "$@"`,
  ];
  board.program("cord", script.join("\n"));

  // some of them unpack themselves into the temporary folder, and leave that there
  const env = {
    ...board.env,
    ...quiet,
    TMPDIR: join(home, "tmp"),
    PATH: `${board.bin}:${binFolder}:${process.env["PATH"] ?? ""}`,
  };
  const started = new Set<Running>();
  return {
    project: board.cwd,
    home,
    url: board.url,
    token: board.token,
    data,
    env,
    async run(argv, more = {}) {
      // through env, so that the program is looked for on this PATH
      const running = start(["/usr/bin/env", ...argv], { cwd: board.cwd, env: { ...env, ...more } });
      started.add(running);
      const timer = setTimeout(() => void running.kill(), testTimeoutMs);
      const ended = await running.ended;
      clearTimeout(timer);
      started.delete(running);
      return ended;
    },
    killDaemon: () => board.killDaemon(),
    handed: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
    async [Symbol.asyncDispose]() {
      await Promise.all([...started].map((running) => running.kill()));
      await board[Symbol.asyncDispose]();
    },
  };
}

/** No account, no telemetry, no update, and no way out but loopback. */
const quiet: Record<string, string> = {
  HTTP_PROXY: closedUrl,
  HTTPS_PROXY: closedUrl,
  NO_PROXY: "127.0.0.1,localhost",
  DO_NOT_TRACK: "1",
  GEMINI_API_KEY: "test-key",
  GEMINI_TELEMETRY_ENABLED: "false",
  GOOGLE_GEMINI_BASE_URL: closedUrl,
  OPENAI_API_KEY: "test-key",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
};
