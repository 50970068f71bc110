import { linesOf } from "../../../src/cli/mcp/lines.ts";
import type { Board } from "../machine/board.ts";

/** `cord mcp` with its lines as they are, for what no well-behaved client sends. It is initialised. */
export interface Stdio extends AsyncDisposable {
  /** Writes a line, and resolves to the next one that comes. */
  ask(line: string): Promise<string>;
}

export async function stdio(board: Board): Promise<Stdio> {
  const child = Bun.spawn(board.argv("mcp"), {
    cwd: board.cwd,
    env: board.env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const lines = linesOf(child.stdout);
  const ask = async (line: string) => {
    void child.stdin.write(`${line}\n`);
    await child.stdin.flush();
    const { value } = await lines.next();
    return String(value);
  };
  await ask(
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a test","version":"1"}}}',
  );
  // a tab is open once its client has said this
  void child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  await child.stdin.flush();
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}
