import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processesWith, type Found } from "./process.ts";
import { rpcClient } from "../../../test/support/rpc.ts";

/** The compiled binary under measurement, and worlds to run it in. */

const root = join(import.meta.dir, "../../..");

/** All that a benchmark makes lies under here, and goes with it. */
export const scratch = mkdtempSync(join(tmpdir(), "cord-bench-"));
const started = new Set<Bun.Subprocess>();
process.on("exit", () => {
  for (const child of started) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

/** The binary that CORD_BENCH_BINARY names, or one built now from the sources. */
export async function cordBinary(): Promise<string> {
  const given = process.env["CORD_BENCH_BINARY"];
  if (given !== undefined && existsSync(given)) return given;
  const outfile = join(scratch, "cord");
  const build = Bun.spawn([process.execPath, join(root, "scripts/build.ts"), outfile], {
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await build.exited) !== 0) throw new Error("The build failed.");
  process.env["CORD_BENCH_BINARY"] = outfile;
  return outfile;
}

/** A data directory, a port and a token of its own. */
export interface World {
  folder: string;
  database: string;
  port: number;
  url: string;
  env: Record<string, string>;
  token(): string;
  /** all that runs in it and is alive */
  processes(): Found[];
  /** Ends all that still runs in it. */
  end(): Promise<void>;
}

export function createWorld(): World {
  const folder = mkdtempSync(join(scratch, "world-"));
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;
  // a daemon that a command starts keeps little of its environment; this it does
  const processes = () => processesWith(`XDG_DATA_HOME=${folder}`);
  return {
    folder,
    database: join(folder, "cord/cord.db"),
    port,
    url,
    env: {
      ...ownEnv(),
      XDG_DATA_HOME: folder,
      CORD_URL: url,
      CORD_DB: join(folder, "cord/cord.db"),
    },
    token: () => readFileSync(join(folder, "cord/token"), "utf8").trim(),
    processes,
    end: async () => {
      for (const { pid } of processes()) process.kill(pid, "SIGTERM");
      const deadline = performance.now() + 5000;
      while (processes().length > 0 && performance.now() < deadline) await Bun.sleep(10);
      for (const { pid } of processes()) process.kill(pid, "SIGKILL");
    },
  };
}

/** The environment without what belongs to an agent or a daemon around this script. */
function ownEnv(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !/^(?:CORD_(?!BENCH)|CLAUDE|ANTHROPIC_)/.test(name)) kept[name] = value;
  return kept;
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

export interface Daemon {
  pid: number;
  /** Ends it as a user would, and waits. */
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
}

/** `cord serve` in a world; resolves once it is healthy. */
export async function startDaemon(
  binary: string,
  world: World,
  args: readonly string[] = [],
): Promise<Daemon> {
  const child = Bun.spawn([binary, "serve", "--addr", `127.0.0.1:${world.port}`, ...args], {
    env: world.env,
    cwd: world.folder,
    stdio: ["ignore", "ignore", Bun.file(join(world.folder, "daemon.log"))],
  });
  started.add(child);
  await untilHealthy(world.url, () => child.exitCode !== null);
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    child.kill(signal);
    await child.exited;
  };
  return { pid: child.pid, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** Resolves once a daemon answers; throws after ten seconds, or when it has gone. */
export async function untilHealthy(url: string, gone: () => boolean = () => false): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && !gone()) {
    const healthy = await fetch(`${url}healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await Bun.sleep(2);
  }
  throw new Error(`No daemon came up at ${url}.`);
}

/** One JSON-RPC call, for what is not measured. Throws the error's message. */
export async function call(world: World, method: string, params: object): Promise<unknown> {
  const { error, result } = await rpcClient(world.url, world.token()).rpc(method, params);
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

/** A field of an answer; "" if it has none. */
export function fieldOf(answer: unknown, name: string): string {
  if (typeof answer !== "object" || answer === null) return "";
  return String(Object.entries(answer).find(([key]) => key === name)?.[1] ?? "");
}
