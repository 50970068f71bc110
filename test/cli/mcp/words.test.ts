import { expect, test } from "bun:test";
import { bridgeTo } from "../../support/clients/bridge.ts";
import { statelessCall } from "../../support/clients/stateless.ts";
import { daemonHere } from "../../support/machine/daemon.ts";
import { rpcCall } from "../../support/rpc.ts";

/** What a client over stdio is told: it has no headers, no status and no session, and can do nothing with a word about them. */

const meta = (version: unknown) => ({ _meta: { "io.modelcontextprotocol/protocolVersion": version } });
const odd: [string, unknown][] = [
  ["a method that there is not", rpcCall("no/such", {}, 1)],
  ["a tool that there is not", rpcCall("tools/call", { name: "no_such" }, 1)],
  ["no tool", rpcCall("tools/call", {}, 1)],
  ["a list for arguments", rpcCall("tools/call", { name: "tasks_list", arguments: [1] }, 1)],
  ["null for arguments", rpcCall("tools/call", { name: "tasks_list", arguments: null }, 1)],
  ["an id of null", rpcCall("ping", {}, null)],
  ["an empty batch", []],
  ["a batch of nothing", [1]],
  ["a number", 3],
  ["no method", { jsonrpc: "2.0", id: 1 }],
  ["a second initialize", rpcCall("initialize", {}, 1)],
  ["initialize by an unknown version", rpcCall("initialize", { protocolVersion: "1999-01-01" }, 1)],
  ["an unknown version in its _meta", rpcCall("tools/list", meta("1999-01-01"), 1)],
  ["a version in its _meta that is none", rpcCall("tools/list", meta(7), 1)],
  ["a version and nothing else in its _meta", rpcCall("tools/list", meta("2026-07-28"), 1)],
  ["a method that the newest version has not", statelessCall("ping")],
  ["a tool of the newest version that there is not", statelessCall("tools/call", { name: "no_such" })],
  ["no tool, by the newest version", statelessCall("tools/call")],
  ["a name that no header holds", statelessCall("tools/call", { name: "ä\n\u0000" })],
  ["a name that is no text", statelessCall("tools/call", { name: { a: 1 } })],
  ["a resource that there is not", statelessCall("resources/read", { uri: "cord://nothing" })],
  ["no resource", statelessCall("resources/read")],
  ["a prompt that there is not", statelessCall("prompts/get", { name: "no_such" })],
  ["a subscription to nothing", statelessCall("subscriptions/listen")],
];

test.each(odd)("nothing of HTTP, whatever it sends: %s", async (_, message) => {
  await using daemon = daemonHere();
  for (const isBegun of [false, true]) {
    const bridge = bridgeTo(daemon);
    if (isBegun) await bridge.initialize();
    void bridge.write(message);
    await bridge.lines("jsonrpc", isBegun ? 2 : 1);
    await bridge.end();
    expect(bridge.said.slice(isBegun ? 1 : 0).join("\n")).not.toMatch(
      /header|mcp-[a-z]|\bHTTP\b|\b40[0-9]\b/i,
    );
  }
});
