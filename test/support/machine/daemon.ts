import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon, type DaemonOptions } from "../../../src/server/daemon.ts";
import { start } from "./command.ts";
import { temporaryDirectory } from "./temporary.ts";

/** A daemon that really listens, and the ways to talk to it. */
export interface TestDaemon extends AsyncDisposable {
  /** ends in a slash */
  url: string;
  port: number;
  token: string;
  /** POST / with the daemon's token, unless the headers say otherwise. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The whole JSON-RPC answer to one call. */
  rpc(method: string, params?: unknown, headers?: Record<string, string>): Promise<RpcAnswer>;
}

export interface RpcAnswer {
  jsonrpc: string;
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data: { code: string } };
}

export interface DaemonHere extends TestDaemon {
  idle: Promise<void>;
  stop(): Promise<void>;
}

/** In this process, on a free port, in memory unless a database is named. */
export function daemonHere(options: Partial<DaemonOptions> = {}): DaemonHere {
  const token = options.token ?? randomBytes(32).toString("hex");
  const daemon = startDaemon({
    hostname: "127.0.0.1",
    port: 0,
    database: ":memory:",
    open: false,
    exposed: false,
    idleExitSeconds: null,
    vault: null,
    started: "hand",
    ...options,
    token,
  });
  const stopped: { promise?: Promise<void> } = {};
  const stop = () => (stopped.promise ??= daemon.stop());
  return { ...talkTo(daemon.url, token), idle: daemon.idle, stop, [Symbol.asyncDispose]: stop };
}

export interface DaemonProcess extends TestDaemon {
  pid: number;
  database: string;
  dataHome: string;
  /** Resolves to the exit code once it is gone. */
  exited: Promise<number>;
  /** Resolves with what it has said on stderr once that matches. */
  says(text: string | RegExp): Promise<string>;
  /** Ends it, and resolves once it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessOptions {
  /** the program; from source unless the compiled binary is given */
  command?: readonly string[];
  /** the user's data directory; a fresh one unless given */
  dataHome?: string;
  database?: string;
  address?: string;
  args?: string[];
}

const source: readonly string[] = [process.execPath, join(import.meta.dir, "../../../src/main.ts")];

/** `cord serve` as a process of its own. Rejects with what it said when it ends instead of listening. */
export async function daemonProcess(options: ProcessOptions = {}): Promise<DaemonProcess> {
  const dataHome = options.dataHome ?? temporaryDirectory("data");
  const database = options.database ?? join(dataHome, "cord", "cord.db");
  const { address = "127.0.0.1:0", args = [] } = options;
  const argv = [...(options.command ?? source), "serve", "--addr", address, "--db", database, ...args];
  const { PATH = "", HOME = "" } = process.env;
  const running = start(argv, { cwd: dataHome, env: { PATH, HOME, XDG_DATA_HOME: dataHome } });
  const said = await running.says(listening);
  const token = readFileSync(join(dataHome, "cord", "token"), "utf8").trim();
  const end = async (signal: NodeJS.Signals = "SIGTERM") => {
    running.signal(signal);
    await running.ended;
  };
  return {
    ...talkTo(listening.exec(said)?.[1] ?? "", token),
    pid: running.pid,
    database,
    dataHome,
    exited: running.ended.then(({ code }) => code),
    says: running.says,
    end,
    [Symbol.asyncDispose]: running.kill,
  };
}

const listening = /listening on (http:\S+\/)/;

/** Calls to a daemon at an address. */
export function talkTo(url: string, token: string): Omit<TestDaemon, typeof Symbol.asyncDispose> {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    url,
    port: Number(new URL(url).port),
    token,
    post,
    rpc: async (method, params = {}, headers = {}) => {
      const response = await post({ jsonrpc: "2.0", id: 1, method, params }, headers);
      return rpcAnswer(await response.json());
    },
  };
}

export function rpcAnswer(body: unknown): RpcAnswer {
  if (!isAnswer(body)) throw new Error(`not a JSON-RPC answer: ${JSON.stringify(body)}`);
  return body;
}

function isAnswer(body: unknown): body is RpcAnswer {
  return typeof body === "object" && body !== null && "jsonrpc" in body && "id" in body;
}
