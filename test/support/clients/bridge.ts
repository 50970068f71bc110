import { runBridge } from "../../../src/cli/mcp/bridge.ts";
import { ClientProject } from "../../../src/cli/mcp/client-project.ts";
import { Connection, type ConnectionOptions } from "../../../src/client/connection/connection.ts";
import type { Tab } from "../../../src/cli/mcp/tab/tab.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import { rpcCall } from "../rpc.ts";
import { Looks } from "../looks.ts";

/** The bridge as its client sees it: lines in, lines out. */
export function bridgeTo(
  daemon: ConnectionOptions,
  { tab = null, client = "t" }: { tab?: Tab | null; client?: string } = {},
) {
  const said: string[] = [];
  const looks = new Looks();
  const output = (line: string) => {
    said.push(line);
    looks.look();
  };
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  const write = (message: unknown) => writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  const folder = temporaryDirectory("project");
  const running = runBridge({
    connection: new Connection(daemon),
    clientProject: new ClientProject({ folder, given: undefined, output }),
    tab,
    folder,
    input: input.readable,
    output,
  });
  /** Resolves once so many lines hold the text. */
  const lines = (text: string, count = 1) =>
    looks.until(() => said.filter((line) => line.includes(text)).length >= count);
  return {
    said,
    lines,
    write,
    async initialize() {
      const clientInfo = { name: client, version: "1" };
      void write(
        rpcCall("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo }, "first"),
      );
      await lines('"id":"first"');
      void write({ jsonrpc: "2.0", method: "notifications/initialized" });
    },
    async end() {
      await writer.close();
      await running;
    },
  };
}
