import { describe, expect, test } from "bun:test";
import { CordError } from "../../src/core/error.ts";
import type { Caller } from "../../src/core/tree.ts";
import { Task } from "../../src/core/task.ts";
import { operations, type OperationName } from "../../src/operations/list.ts";
import type { Operation } from "../../src/operations/operation.ts";
import { createApp } from "../../src/server/app.ts";
import { Arrival } from "../../src/server/http/arrival.ts";
import { hostsFor } from "../../src/server/http/guard.ts";
import { nodeToken } from "../../src/server/node-token.ts";
import { proverFor } from "../../src/server/proof.ts";
import { openRig } from "../support/operations/rig.ts";
import { rpcCall } from "../support/rpc.ts";

/** What of a call may be held open is said by its operation: the endpoints, which hold and count it, know none by name. */

const secret = "s".repeat(32);
const host = "127.0.0.1:7777";

/** How each operation that may be held open is called so that it is. A new one needs its line here. */
const held: Partial<Record<OperationName, object>> = {
  "tasks/list": { name_contains: "never", wait_ms: 60_000 },
  "tasks/page": { name_contains: "never", wait_ms: 60_000 },
  "tasks/ask": { id: "1", agentId: "me", question: "Which?", wait_seconds: 600 },
  "nodes/ask": { question: "Which?", wait_seconds: 600 },
  "daemon/backup": { file: "/never", wait_ms: 60_000 },
  "tabs/poke": { agent: "nobody" },
};

const all = Object.entries(operations).map(([name, operation]: [string, Operation]) => ({ name, operation }));

/** A request that has been sent. */
interface Sent {
  /** resolves once it is held, or is answered without */
  begun: Promise<"held" | "answered">;
  /** Its client goes, and so all that it held. */
  end(): Promise<void>;
}

/** The daemon's endpoints over real operations. */
function openEndpoints() {
  const rig = openRig();
  let [held, onHold] = [0, () => {}];
  const backup = Promise.withResolvers<number>();
  backup.promise.catch(() => {});
  const app = createApp({
    services: { ...rig.services, daemon: { ...rig.services.daemon, backUp: () => backup.promise } },
    auth: { secret, seal: secret, prover: proverFor(secret, "127.0.0.1"), store: rig.store },
    hosts: () => hostsFor("127.0.0.1", 7777),
    database: ":memory:",
    vault: null,
    problem: () => null,
    traffic: {
      begin: () => () => {},
      hold: () => {
        held += 1;
        onHold();
        return () => void (held -= 1);
      },
    },
  });
  const arrivalOf = (
    path: string,
    caller: Caller,
    more: Record<string, string>,
    body: object,
    gone: AbortSignal,
  ) => {
    const token = caller.kind === "node" ? nodeToken(secret, caller.taskId, caller.epoch) : secret;
    const headers = { host, authorization: `Bearer ${token}`, "content-type": "application/json", ...more };
    const head = {
      method: "POST",
      target: path,
      headers,
      keepsConnection: true,
      isOld: false,
      framing: "none" as const,
    };
    return new Arrival(head, {
      peer: "127.0.0.1",
      text: Promise.resolve(JSON.stringify(body)),
      gone: () => gone,
    });
  };
  return {
    rig,
    held: () => held,
    /** Opens a session of MCP; the headers that name it. */
    async open(caller: Caller): Promise<Record<string, string>> {
      if (caller.kind === "node") return {};
      const clientInfo = { name: "test", version: "1" };
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
      const body = rpcCall("initialize", params, 0);
      const reply = await app.answer(arrivalOf("/mcp", caller, {}, body, new AbortController().signal));
      return reply instanceof Response ? { "mcp-session-id": reply.headers.get("mcp-session-id") ?? "" } : {};
    },
    send(path: string, caller: Caller, more: Record<string, string>, body: object): Sent {
      const client = new AbortController();
      const isHeld = new Promise<"held">((give) => (onHold = () => give("held")));
      const reply = app.answer(arrivalOf(path, caller, more, body, client.signal));
      return {
        begun: Promise.race([isHeld, reply.then(() => "answered" as const)]),
        async end() {
          client.abort();
          backup.reject(new CordError("failed", "it is given up"));
          const answer = await reply;
          if (answer instanceof Response) await answer.text().catch(() => "");
        },
      };
    },
    async callerFor({ callers }: Operation): Promise<Caller> {
      if (callers.includes("human")) {
        const { id } = Task.parse(await rig.call("tasks/send", { name: "to ask about" }));
        await rig.call("tasks/claim", { id, agentId: "me" });
        return { kind: "human" };
      }
      const runId = await rig.startRun();
      await rig.call("nodes/claim", { run_id: runId, engine: "engine", limit: 1 });
      return rig.asNode(runId, 1);
    },
  };
}

const call = (method: string, params: object) => rpcCall(method, params);

const toolCall = (tool: Operation["tool"], input: object) =>
  call("tools/call", { name: tool?.name, arguments: input });

test("every operation that may be held open is called here", () => {
  const those = all.filter(({ operation }) => operation.mayBeHeldOpen).map(({ name }) => name);
  expect(Object.keys(held).toSorted()).toEqual(those.toSorted());
});

describe.each(Object.entries(held))("%s", (name, input) => {
  const operation = all.find((one) => one.name === name)?.operation;
  if (!operation) throw new Error(`there is no ${name}`);
  const waitless = Object.fromEntries(Object.entries(input).filter(([field]) => !field.startsWith("wait_")));

  test("is held and counted over JSON-RPC, alone and in a batch, as long as it waits", async () => {
    const endpoints = openEndpoints();
    const caller = await endpoints.callerFor(operation);
    for (const body of [call(name, input), [call(name, waitless), call(name, input)]]) {
      const sent = endpoints.send("/", caller, {}, body);
      expect(await sent.begun).toBe("held");
      expect(endpoints.held()).toBe(1);
      await sent.end();
      expect(endpoints.held()).toBe(0);
    }
    await endpoints.rig.close();
  });

  const { tool } = operation;
  const unstreamed = { accept: "application/json" };
  const streamed = { accept: "application/json, text/event-stream" };
  test.each(tool === undefined ? [] : [{ accepts: unstreamed }, { accepts: streamed }])(
    "is held and counted over MCP, as long as it waits, by a client that takes $accepts.accept",
    async ({ accepts }) => {
      const endpoints = openEndpoints();
      const caller = await endpoints.callerFor(operation);
      const headers = { ...accepts, ...(await endpoints.open(caller)) };
      const quick = endpoints.send("/mcp", caller, headers, toolCall(tool, waitless));
      expect(await quick.begun).toBe("answered");
      await quick.end();
      const sent = endpoints.send("/mcp", caller, headers, toolCall(tool, input));
      expect(await sent.begun).toBe("held");
      expect(endpoints.held()).toBe(1);
      await sent.end();
      expect(endpoints.held()).toBe(0);
      await endpoints.rig.close();
    },
  );
});
