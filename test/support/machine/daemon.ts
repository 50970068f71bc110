import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon, type DaemonOptions } from "../../../src/server/daemon.ts";
import { rpcClient, type RpcClient } from "../rpc.ts";
import { cordBinary } from "./binary.ts";
import { start } from "./command.ts";
import { temporaryDirectory } from "./temporary.ts";

/** A daemon that really listens, and the ways to talk to it. */
export interface TestDaemon extends RpcClient, AsyncDisposable {
  port: number;
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
  return {
    ...rpcClient(daemon.url, token),
    port: portOf(daemon.url),
    idle: daemon.idle,
    stop,
    [Symbol.asyncDispose]: stop,
  };
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
  /** the program; the compiled binary unless another is given */
  command?: readonly string[];
  /** the user's data directory; a fresh one unless given */
  dataHome?: string;
  database?: string;
  address?: string;
  args?: string[];
}

/** `cord serve` as a process of its own. Rejects with what it said when it ends instead of listening. */
export async function daemonProcess(options: ProcessOptions = {}): Promise<DaemonProcess> {
  const dataHome = options.dataHome ?? temporaryDirectory("data");
  const database = options.database ?? join(dataHome, "cord", "cord.db");
  const { address = "127.0.0.1:0", args = [] } = options;
  const argv = [
    ...(options.command ?? [await cordBinary()]),
    "serve",
    "--addr",
    address,
    "--db",
    database,
    ...args,
  ];
  const { PATH = "", HOME = "" } = process.env;
  const running = start(argv, { cwd: dataHome, env: { PATH, HOME, XDG_DATA_HOME: dataHome } });
  const url = listening.exec(await running.says(listening))?.[1] ?? "";
  const token = readFileSync(join(dataHome, "cord", "token"), "utf8").trim();
  const end = async (signal: NodeJS.Signals = "SIGTERM") => {
    running.signal(signal);
    await running.ended;
  };
  return {
    ...rpcClient(url, token),
    port: portOf(url),
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

function portOf(url: string): number {
  return Number(new URL(url).port);
}
