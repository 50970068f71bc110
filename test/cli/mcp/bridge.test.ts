import { expect, test } from "bun:test";
import { runBridge } from "../../../src/cli/mcp/bridge.ts";
import { ClientProject } from "../../../src/cli/mcp/client-project.ts";
import { Connection } from "../../../src/client/connection/connection.ts";
import { daemonHere } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

test("a call that waits is told of by its token until it is answered, and one without a token is not", async () => {
  await using daemon = daemonHere();
  const said: string[] = [];
  const heard = new Set<() => void>();
  const output = (line: string) => {
    said.push(line);
    for (const look of heard) look();
  };
  /** Resolves once so many lines hold the text. */
  const lines = (text: string, count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (said.filter((line) => line.includes(text)).length >= count) resolve();
      };
      heard.add(look);
      look();
    });
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  const send = (message: object) =>
    writer.write(new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  const bridge = runBridge({
    connection: new Connection(daemon),
    clientProject: new ClientProject({ folder: temporaryDirectory("project"), given: undefined, output }),
    conversation: () => null,
    input: input.readable,
    output,
    progressEveryMs: 1,
  });
  const clientInfo = { name: "t", version: "1" };
  void send({
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
  });
  await lines('"id":0', 1);
  const list = { name: "tasks_list", arguments: { kind: "bug", wait_ms: 60_000 } };
  void send({ id: 1, method: "tools/call", params: { ...list, _meta: { progressToken: "one" } } });
  void send({ id: 2, method: "tools/call", params: list });
  await lines('"progressToken":"one"', 3);
  await daemon.rpc("tasks/send", { name: "leak", kind: "bug" });
  await Promise.all([lines('"id":1', 1), lines('"id":2', 1)]);
  await writer.close();
  await bridge;
  const progress = said.filter((line) => line.includes("notifications/progress"));
  expect(progress.map((line): unknown => JSON.parse(line))).toEqual(
    progress.map((_, at) => ({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: "one", progress: at + 1, message: "still waiting" },
    })),
  );
});
