import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sessionHeaders } from "../../src/core/session.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { stdio, type Stdio } from "../support/clients/stdio.ts";
import { until } from "../support/until.ts";
import { runOptions } from "../support/run-options.ts";

/** What JavaScript would change on its way comes back as it was sent, by whatever door it came and goes. */

const big = "12345678901234567890";
const payload = `{"id":${big},"list":[-${big},9007199254740993]}`;

let board: Board;
let vault: string;
let bridge: Stdio;
let session: Record<string, string>;
beforeAll(async () => {
  board = await startBoard();
  vault = join(board.cwd, "vault");
  board.env["CORD_VAULT"] = vault;
  await board.serve();
  bridge = await stdio(board);
  const { headers } = await fetch(`${board.url}mcp`, posted(initialize));
  session = { [sessionHeaders.id]: headers.get(sessionHeaders.id) ?? "" };
});
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await board[Symbol.asyncDispose]();
});

const initialize =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a test","version":"1"}}}';

function posted(body: string, more: Record<string, string> = {}): RequestInit {
  const authorization = `Bearer ${board.token}`;
  return { method: "POST", headers: { authorization, "content-type": "application/json", ...more }, body };
}

const rpc = async (body: string) => (await fetch(board.url, posted(body))).text();
const http = async (body: string) => (await fetch(`${board.url}mcp`, posted(body, session))).text();
const call = (method: string, params: string, id = big) =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
const use = (name: string, args: string) => call("tools/call", `{"name":"${name}","arguments":${args}}`);
const idIn = (text: string) => /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? "";
/** What a command printed, without its layout. */
const printed = async (...args: string[]) => (await board.cord(...args)).out.replace(/\s/g, "");
const long = (letters: number) => `${"x".repeat(letters)}${"😀".repeat(400)}`;
const notes = () =>
  readdirSync(join(vault, "tasks")).map((name) => readFileSync(join(vault, "tasks", name), "utf8"));
const send = async (value = payload) =>
  idIn(await rpc(call("tasks/send", `{"name":"work","payload":${value}}`)));

describe("an integer over 2^53", () => {
  test("comes back by JSON-RPC, alone and in a batch, and so does the call's id", async () => {
    const one = await rpc(call("tasks/send", `{"name":"one","payload":${payload}}`));
    expect(one).toContain(`"payload":${payload}`);
    expect(one).toContain(`"id":${big}`);
    const batch = await rpc(`[${call("tasks/get", `{"id":"${idIn(one)}"}`)},${call("tasks/list", "{}")}]`);
    expect(batch.split(`"payload":${payload}`).length).toBeGreaterThan(2);
    expect(batch.split(`"id":${big},"result"`)).toHaveLength(3);
  });

  test.each([
    ["HTTP", http],
    ["stdio", (body: string) => bridge.ask(body)],
  ])("comes back by MCP over %s, and so does the call's id", async (_, ask) => {
    const answer = await ask(use("tasks_send", `{"name":"work","payload":${payload}}`));
    expect(answer).toContain(`"id":${big}`);
    expect(answer).toContain(`"payload":${payload}`);
    const got = await ask(use("tasks_get", `{"id":"${idIn(answer)}"}`));
    expect(got).toContain(`"payload":${payload}`);
    expect(got).toContain(JSON.stringify(`"payload":${payload}`).slice(1, -1));
  });

  test("is kept as a result and in an ack, and stands alone too", async () => {
    const id = await send(big);
    await rpc(call("tasks/claim", `{"id":"${id}","agentId":"a"}`));
    const ack = `"postAck":true,"ackName":"done","ackPayload":${payload}`;
    const done = await rpc(call("tasks/complete", `{"id":"${id}","result":${payload},${ack}}`));
    expect(done).toContain(`"payload":{"fixed_bug_id":"${id}",${payload.slice(1)}`);
    expect(await printed("show", id, "--json")).toContain(`"payload":${big},"result":${payload}`);
  });

  test("goes through the commands", async () => {
    const sent = await printed("send", "by-hand", "--payload", payload, "--json");
    expect(sent).toContain(`"payload":${payload}`);
    const id = idIn(sent);
    await board.cord("claim", id, "--as", "me");
    await board.cord("complete", id, "--as", "me", "--result", big);
    expect(await printed("show", id, "--json")).toContain(`"result":${big}`);
  });

  test("is the first answer to a request again when that is repeated", async () => {
    const again = () => rpc(call("tasks/send", `{"name":"once","request_id":"${big}","payload":${payload}}`));
    const first = await again();
    expect(await again()).toBe(first);
    expect(first).toContain(`"payload":${payload}`);
  });

  test("stands in the task's note as it was sent", async () => {
    const id = await send();
    const note = () => notes().find((text) => text.includes(`id: "${id}"`)) ?? "";
    await until("the note", () => note() !== "");
    expect(note()).toContain(`"id": ${big}`);
  });
});

describe("a number that overflows", () => {
  const sentence = "The number 1e400 is too large for JSON. Send it as a string.";

  test.each([
    ["JSON-RPC", rpc, call("tasks/send", '{"name":"work","payload":[1e400]}', "7")],
    ["MCP over HTTP", http, use("tasks_send", '{"name":"work","payload":[1e400]}').replace(big, "7")],
    [
      "MCP over stdio",
      (body: string) => bridge.ask(body),
      use("tasks_send", '{"name":"work","payload":[1e400]}').replace(big, "7"),
    ],
  ])("is refused by %s, in an answer to its call", async (_, ask, body) => {
    expect(JSON.parse(await ask(body))).toMatchObject({ id: 7 });
    expect(await ask(body)).toContain(sentence);
  });

  test("is refused by a command", async () => {
    const { code, err } = await board.cord("send", "work", "--payload", "-1e999");
    expect(code).toBe(64);
    expect(err).toContain("The number -1e999 is too large for JSON.");
  });
});

describe("half a surrogate pair", () => {
  test("is made well-formed at each door, the same everywhere", async () => {
    const half = String.raw`"\ud800\ud83d\ude00"`;
    const task = await rpc(call("tasks/send", `{"name":${half},"kind":${half},"payload":{${half}:${half}}}`));
    expect(task).toContain('"name":"�😀","kind":"�😀"');
    expect(task).toContain('"payload":{"�😀":"�😀"}');
    expect(await rpc(call("tasks/get", `{"id":"${idIn(task)}"}`))).toContain('"payload":{"�😀":"�😀"}');
    for (const ask of [http, bridge.ask]) {
      expect(
        await ask(
          use(
            "tasks_claim",
            `{"id":"${idIn(await ask(use("tasks_send", `{"name":${half}}`)))}","agent_id":${half}}`,
          ),
        ),
      ).toContain('"claimed_by":"�😀"');
    }
  });

  test("is made by no cut of a text either", async () => {
    const said: string[] = [];
    const say = async (method: string, params: object) => {
      const answer = await rpc(call(method, JSON.stringify(params), "1"));
      said.push(answer);
      return answer;
    };
    const run = await say("runs/create", { goal: "goal", options: runOptions });
    const run_id = /"run_id":"([^"]+)"/.exec(run)?.[1] ?? "";
    for (const letters of [0, 1]) {
      await say("nodes/create", { run_id, node_id: "#1", goal: long(letters), prompt: long(letters) });
      await say("tasks/send", { name: "cut", payload: long(letters) });
      await say(long(letters), {});
      await say("tasks/get", { id: long(letters) });
      said.push(await http(use(long(letters), "{}")));
      said.push(await http(use("tasks_list", JSON.stringify({ [long(letters)]: 1 }))));
    }
    await say("nodes/tree", { run_id });
    said.push(await http(use("tasks_list", "{}")));
    for (const answer of said) expect(answer).not.toMatch(/\\ud[89a-f]/i);
  });
});
