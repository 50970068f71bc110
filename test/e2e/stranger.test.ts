import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startBoard, type Board } from "../support/machine/board.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { manners, silent, startForeign, type Foreign } from "../support/network/foreign.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { startRelay } from "../support/network/relay.ts";
import { until } from "../support/until.ts";

/**
 * What is not this user's daemon on the port where it should be: real commands and bridges, and something else that
 * listens. It hears one question, and neither a token nor anything that was to be said to the daemon.
 */

const secret = "what-was-to-be-said";

let board: Board;
beforeAll(async () => {
  board = await startBoard();
});
afterAll(() => board[Symbol.asyncDispose]());

/** Only challenges, and no header that says who asks. */
function expectNothingTold(heard: string, token = board.token): void {
  expect(heard).not.toContain(token);
  expect(heard).not.toContain(secret);
  expect(heard.toLowerCase()).not.toContain("authorization");
  expect(heard).not.toContain("POST");
  for (const [line] of heard.matchAll(/^.*HTTP\/1\.1$/gm))
    expect(line).toMatch(/^GET \/healthz\?nonce=[0-9a-f]{64} /);
}

describe("a command that finds something else at the daemon's address says what, and tells it nothing:", () => {
  test.each(Object.entries(manners))("%s", async (_, { said, ...manner }) => {
    using foreign = startForeign(manner);
    const { code, out, err } = await board.cord("send", secret, "--url", foreign.url);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(said);
    expect(err).toContain(foreign.url);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(err).not.toContain("\u001b");
    expectNothingTold(foreign.heard());
  });

  test.each(Object.entries(silent))("%s", async (_, manner) => {
    using foreign = startForeign(manner);
    const [sent, waited] = await Promise.all([
      board.cord("send", secret, "--url", foreign.url),
      board.cord("wait", "--kind", secret, "--timeout", "1", "--url", foreign.url),
    ]);
    expect({ code: sent.code, out: sent.out }).toEqual({ code: 1, out: "" });
    expect(sent.err).toMatch(/said nothing of use within 5 s/);
    expect({ code: waited.code, out: waited.out }).toEqual({ code: 2, out: "" });
    expect(waited.err).toContain(`no daemon answered at ${foreign.url} in time. It was for a task`);
    expectNothingTold(foreign.heard().replaceAll(secret, ""));
  });

  test("the bridge answers its client with it", async () => {
    using foreign = startForeign(manners["a JSON-RPC server"] ?? {});
    await expect(stdioTab(board, { CORD_URL: foreign.url })).rejects.toThrow("JSON-RPC but is not cord");
    expectNothingTold(foreign.heard());
  });

  test("doctor names it", async () => {
    using foreign = startForeign(manners["pages"] ?? {});
    const { out } = await board.cord("doctor", "--url", foreign.url);
    expect(out).toContain("A web server with pages (200) answers at");
    expectNothingTold(foreign.heard());
  });
});

describe("a squatter that passes the challenge on to the real daemon, at another port,", () => {
  test.each(["as it is", "under the daemon's own name"] as const)("gets no token: %s", async (as) => {
    await board.serve();
    using relay = startRelay(board.url, as);
    const { code, err } = await board.cord("send", secret, "--url", relay.url);
    expect(code).toBe(1);
    expect(err).toContain(relay.url);
    expect(relay.heard()).toContain("/healthz?nonce=");
    expectNothingTold(relay.heard());
  });
});

test("what only says that it is an older daemon is left alone, and its process is named", async () => {
  const body = JSON.stringify({ name: "cord", version: "0.0.1", database: "/nowhere/cord.db" });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  using foreign = startForeign({ answers: `${head}\r\n\r\n${body}` });
  for (const action of ["stop", "restart"]) {
    const { code, err } = await board.cord("daemon", action, "--url", foreign.url);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`pid ${process.pid}\\).*end it: kill ${process.pid} `));
  }
});

test("a daemon of another data folder is named as one, and gets nothing", async () => {
  await using other = await daemonProcess();
  const { code, err } = await board.cord("send", secret, "--url", other.url);
  expect(code).toBe(1);
  expect(err).toContain("is another data folder's");
  expect(err).toContain(other.database);
  expect(await other.rpc("tasks/list")).toMatchObject({ result: [] });
});

describe("one that takes the port of a daemon that was killed", () => {
  test("learns nothing from the bridge and the waits that live on, whatever they were about to say", async () => {
    await using own = await startBoard();
    await own.serve();
    await using tab = await stdioTab(own);
    await tab.call("agents_heartbeat", { id: "a", name: secret });
    const waiting = own.start(
      "wait",
      "--kind",
      secret,
      "--as",
      secret,
      "--heartbeat",
      "0.05",
      "--timeout",
      "600",
    );
    await until("the wait", async () => (await own.client.call("daemon/status", {})).watchers === 1);
    const pids = [tab.pid ?? 0, waiting.pid];
    // stopped, so that the port is taken before they notice; and what the tab sends now lies before the news of that
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    const asked = tab.call("tasks_send", { name: secret });
    await own.killDaemon();
    using squatter = await takeOver(own);
    for (const pid of pids) process.kill(pid, "SIGCONT");
    expect((await asked).error).toContain("JSON-RPC but is not cord");
    const { code, err } = await waiting.ended;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("JSON-RPC but is not cord") });
    expect((await tab.call("tasks_list")).error).toContain("JSON-RPC but is not cord");
    expectNothingTold(squatter.heard(), own.token);
  });

  test("is told from the daemon that comes back, and the bridge goes on with that", async () => {
    await using own = await startBoard();
    await own.serve();
    await using tab = await stdioTab(own);
    await tab.call("tasks_list");
    await own.killDaemon();
    {
      using squatter = await takeOver(own);
      expect((await tab.call("tasks_send", { name: secret })).error).toBeString();
      expectNothingTold(squatter.heard(), own.token);
    }
    expect((await tab.call("tasks_send", { name: "after it" })).value).toMatchObject({ name: "after it" });
  });
});

/** As soon as the system has let go of what the process that was killed held. */
async function takeOver({ url }: Board): Promise<Foreign> {
  const port = Number(new URL(url).port);
  const taken: Foreign[] = [];
  await until("the port", () => {
    try {
      return taken.push(startForeign(manners["a JSON-RPC server"] ?? {}, port)) > 0;
    } catch {
      return false;
    }
  });
  const [squatter] = taken;
  if (squatter === undefined) throw new Error("nobody has the port");
  return squatter;
}

describe("a daemon that was stopped", () => {
  test("is named by the commands, ends a wait in its time, and lets no tab wait for ever", async () => {
    await using own = await startBoard();
    await own.serve();
    await using tab = await stdioTab(own);
    await tab.call("tasks_list");
    const waiting = own.start("wait", "--timeout", "1");
    await until("the wait", async () => (await own.client.call("daemon/status", {})).watchers === 1);
    const { pid }: { pid: number } = JSON.parse(
      readFileSync(`${own.env["XDG_DATA_HOME"]}/cord/cord.db.address`, "utf8"),
    );
    process.kill(pid, "SIGSTOP");
    try {
      const [status, held, late, call] = await Promise.all([
        own.cord("status"),
        waiting.ended,
        own.cord("wait", "--kind", "bug", "--timeout", "1"),
        tab.call("tasks_list", { wait_ms: 1 }),
      ]);
      expect(status.code).toBe(1);
      expect(status.err).toContain(`(pid ${pid}) at ${own.url} is stopped`);
      for (const { code, err } of [held, late]) {
        expect(code).toBe(2);
        expect(err).toContain("It was for a task that is pending");
      }
      expect(call.error).toContain(`(pid ${pid})`);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect((await own.cord("status")).code).toBe(0);
  });
});
