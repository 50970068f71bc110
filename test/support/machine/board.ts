import { isDaemon } from "./processes.ts";
import { startMachine, type Machine } from "./machine.ts";
import { rpcClient } from "../rpc.ts";

/** A machine for the board: what is left of it when a test ends is killed. */
export interface Board extends Machine, AsyncDisposable {
  /** Starts the daemon, as the first command would. */
  serve(): Promise<void>;
  /** Ends the daemon with SIGKILL, and resolves when it is gone. */
  killDaemon(): Promise<void>;
  /** A raw JSON-RPC body, and its answer. */
  rpc(body: unknown): Promise<unknown>;
}

export async function startBoard(): Promise<Board> {
  const machine = await startMachine();
  return {
    ...machine,
    async serve() {
      const { code, err } = await machine.cord("status");
      if (code !== 0) throw new Error(err);
    },
    killDaemon: () => machine.kill(isDaemon),
    rpc: async (body) => (await rpcClient(machine.url, machine.token).post(body)).json(),
    [Symbol.asyncDispose]: () => machine.kill(),
  };
}
