import { parse } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { CordError } from "../../core/error.ts";
import { channelLifeline } from "./lifeline-channel.ts";
import type { Lifeline, LifelineKind } from "./lifeline.ts";
import { openLifeline } from "./lifeline-socket.ts";

/** A shim's process, with the engine's end of its lifeline. */
export interface SpawnedShim {
  readonly pid: number;
  readonly stdin: Bun.FileSink;
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | number | null;
  readonly lifeline: Promise<Lifeline>;
}

/** Starts a shim. Throws the system's error where it cannot be started. */
export function spawnShim(
  kind: LifelineKind,
  argv: string[],
  env: Environment,
  onLine: (line: string) => void,
): SpawnedShim {
  switch (kind) {
    case "socket":
      return overSocket(argv, env, onLine);
    case "channel":
      return overChannel(argv, env, onLine);
    default:
      return kind satisfies never;
  }
}

/** This process's own directory may have been deleted, in which no program starts. On Windows the root of a drive. */
const cwd = parse(process.execPath).root;

function overSocket(argv: string[], env: Environment, onLine: (line: string) => void): SpawnedShim {
  // detached: in a session of its own, by setsid(2)
  const shim = Bun.spawn(argv, { detached: true, cwd, env, stdio: ["pipe", "ignore", "ignore", "pipe"] });
  const fd = shim.stdio[3];
  if (typeof fd !== "number") throw new CordError("internal", "The shim has no lifeline.");
  return Object.assign(shim, { lifeline: openLifeline(fd, onLine) });
}

/**
 * Not detached: that would leave it without a console, and its programs would each open one. It gets one that nobody sees, where
 * a Ctrl-C at the person's own console is not heard; and Bun puts it into a job of this process, so that the system ends it
 * with this process even where it is stuck.
 */
function overChannel(argv: string[], env: Environment, onLine: (line: string) => void): SpawnedShim {
  const { lifeline, heard, ended } = channelLifeline(
    {
      send: (line, sent) => {
        shim.send(line);
        // what Bun cannot hand over yet it keeps; nobody here waits for that
        sent();
      },
      disconnect: () => shim.disconnect(),
    },
    onLine,
  );
  const shim = Bun.spawn(argv, {
    cwd,
    env,
    stdio: ["pipe", "ignore", "ignore"],
    windowsHide: true,
    serialization: "json",
    ipc: heard,
    onDisconnect: ended,
  });
  return Object.assign(shim, { lifeline: Promise.resolve(lifeline) });
}
