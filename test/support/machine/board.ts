import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Client } from "../../../src/client/client.ts";
import { daemonToken } from "../../../src/client/token.ts";
import { start as startCommand, type Finished, type Running } from "./command.ts";
import { freePort } from "./free-port.ts";
import { temporaryDirectory } from "./temporary.ts";
import { until } from "../until.ts";

/**
 * A machine of its own for the board: data, project, a port, and the real commands as processes. All that it starts
 * has its data folder in its environment, and is ended with it. TEST_BINARY names a binary to test instead of the source.
 */
export interface Board extends AsyncDisposable {
  url: string;
  cwd: string;
  env: Record<string, string>;
  token: string;
  /** a person's client that starts no daemon */
  client: Client;
  argv(...args: string[]): string[];
  start(...args: string[]): Running;
  /** As start, in another folder than the board's own project. */
  startIn(folder: string, ...args: string[]): Running;
  cord(...args: string[]): Promise<Finished>;
  /** Starts the daemon, as the first command would. */
  serve(): Promise<void>;
  /** The processes of daemons, also of those that are not up yet. */
  daemons(): number[];
  /** Ends the daemon with SIGKILL, and resolves when it is gone. */
  killDaemon(): Promise<void>;
  /** A raw JSON-RPC body, and its answer. */
  rpc(body: unknown): Promise<unknown>;
}

const main = join(import.meta.dirname, "../../../src/main.ts");

export async function startBoard(): Promise<Board> {
  const folder = temporaryDirectory("board");
  const cwd = join(folder, "project");
  mkdirSync(cwd);
  const url = `http://127.0.0.1:${await freePort()}/`;
  const data = join(folder, "data");
  const env = { ...inherited(), HOME: folder, XDG_DATA_HOME: data, CORD_URL: url };
  const token = daemonToken(join(data, "cord/token"));
  const client = createClient({ url, token });
  const board: Board = {
    url,
    cwd,
    env,
    token,
    client,
    argv,
    start: (...args) => board.startIn(cwd, ...args),
    startIn: (folder, ...args) => startCommand(argv(...args), { cwd: folder, env }),
    cord: (...args) => board.start(...args).ended,
    async serve() {
      const { code, err } = await board.cord("status");
      if (code !== 0) throw new Error(err);
    },
    daemons: () => processesOf(data).filter((pid) => argvOf(pid).includes("serve")),
    killDaemon: () => kill(data, "serve"),
    async rpc(body) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      return response.json();
    },
    [Symbol.asyncDispose]: () => kill(data),
  };
  return board;
}

function argv(...args: string[]): string[] {
  const binary = process.env["TEST_BINARY"];
  return [...(binary ? [binary] : [process.execPath, main]), ...args];
}

function inherited(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", GIT_CONFIG_NOSYSTEM: "1" };
}

/** Ends the processes with this data folder, or those of them that run this command. */
async function kill(data: string, name?: string): Promise<void> {
  const found = processesOf(data).filter((pid) => name === undefined || argvOf(pid).includes(name));
  for (const pid of found) signal(pid);
  await until(`the end of ${found.join(" ")}`, () => found.every((pid) => argvOf(pid).length === 0));
}

function processesOf(data: string): number[] {
  return readdirSync("/proc")
    .filter(
      (name) =>
        /^\d+$/.test(name) && `\0${read(`/proc/${name}/environ`)}`.includes(`\0XDG_DATA_HOME=${data}\0`),
    )
    .map(Number);
}

/** Empty for a process that is gone, or a zombie. */
function argvOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`)
    .split("\0")
    .filter((word) => word !== "");
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
