import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start, type Running } from "../support/machine/command.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { call, say } from "../support/claude/model.ts";
import { runWorld } from "../support/machine/run-world.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** A machine where every program is told to go through a proxy: cord's own traffic does not, and agents' to cord neither. */

const folder = temporaryDirectory("proxy");
const log = join(folder, "heard.log");
const heard = () => readFileSync(log, "utf8");

let proxy: Running;
let variables: Record<string, string>;
beforeAll(async () => {
  const program = join(import.meta.dir, "../support/programs/forward-proxy.ts");
  proxy = start([process.execPath, program, log], { cwd: folder, env: {} });
  const port = /proxy on (\d+)/.exec(await proxy.says(/proxy on \d+\n/))?.[1];
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
  variables = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${port}`]));
});
afterAll(() => proxy.kill());

async function boardBehindProxy(more: Record<string, string> = {}): Promise<Board> {
  const board = await startBoard();
  Object.assign(board.env, variables, more);
  return board;
}

describe("behind a proxy", () => {
  test.each(["", "example.com,localhost"])(
    "every command finds the daemon, with NO_PROXY %j",
    async (exempt) => {
      await using board = await boardBehindProxy({ NO_PROXY: exempt, no_proxy: exempt });
      const { port } = new URL(board.url);
      const sent = await board.cord("send", "a bug", "--kind", "bug");
      expect({ code: sent.code, err: sent.err }).toEqual({ code: 0, err: "" });
      for (const argv of [
        ["tasks", "--url", `http://localhost:${port}`],
        ["wait", "--kind", "bug", "--as", "me", "--timeout", "5"],
        ["run", "1. one\n2. two", "--rehearse", "--url", board.url],
        ["tree"],
        ["top", "--once"],
      ])
        expect({ argv, code: (await board.cord(...argv)).code }).toEqual({ argv, code: 0 });
      const { out } = await board.cord("doctor");
      expect(out).toMatch(/✓ daemon/);
      await using tab = await stdioTab(board);
      expect((await tab.call("tasks_list")).error).toBeUndefined();
      expect(heard()).toBe("");
    },
  );

  test("Claude Code, started by a run, reaches cord's tools without it", async () => {
    await using world = await runWorld(({ stepSincePrompt }) =>
      stepSincePrompt === 0 ? call("complete", { result: "by way of nobody" }) : say("Done."),
    );
    Object.assign(world.env, variables);
    const { code, out } = await world.cord("run", "A goal");
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("by way of nobody") });
    expect(heard()).not.toContain("/mcp");
    expect(heard()).not.toContain("cord-node.");
    expect(heard()).not.toContain("by way of nobody");
  });
});

const own = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test.skipIf(own === undefined)(
  "a daemon that is not on loopback is not reached through it over http",
  async () => {
    await using board = await boardBehindProxy();
    const dataHome = board.env["XDG_DATA_HOME"] ?? "";
    await using daemon = await daemonProcess({ dataHome, address: "0.0.0.0:0", args: ["--expose"] });
    const { code, err } = await board.cord("send", "direct", "--url", `http://${own}:${daemon.port}/`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(heard()).toBe("");
  },
);

const openssl = Bun.which("openssl");

describe.skipIf(openssl === null)("a daemon behind TLS", () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  beforeAll(async () => {
    const config = join(folder, "openssl.cnf");
    writeFileSync(
      config,
      `[req]\ndistinguished_name=n\n[n]\n[v]\nsubjectAltName=IP:127.0.0.1${own === undefined ? "" : `,IP:${own}`}\n`,
    );
    const argv = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=cord.test"];
    const files = ["-keyout", key, "-out", cert, "-config", config, "-extensions", "v"];
    const child = Bun.spawn([openssl ?? "", ...argv, ...files], { stdio: ["ignore", "ignore", "ignore"] });
    expect(await child.exited).toBe(0);
  });

  /** A web server with a certificate, which passes on to the board's daemon under the daemon's name. */
  function startTls(board: Board) {
    return Bun.serve({
      hostname: "0.0.0.0",
      port: 0,
      tls: { key: readFileSync(key), cert: readFileSync(cert) },
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        const headers = new Headers(request.headers);
        headers.delete("host");
        const { method } = request;
        const body = method === "POST" ? await request.text() : null;
        return fetch(new URL(pathname + search, board.url), { method, headers, body });
      },
    });
  }

  test("is proved and used, on loopback without the proxy", async () => {
    await using board = await boardBehindProxy({ NODE_EXTRA_CA_CERTS: cert });
    await board.serve();
    const server = startTls(board);
    const { code, out, err } = await board.cord(
      "send",
      "sealed",
      "--json",
      "--url",
      `https://127.0.0.1:${server.port}/`,
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ name: "sealed" });
    expect(heard()).toBe("");
    await server.stop(true);
  });

  test.skipIf(own === undefined)(
    "may be reached through the proxy from elsewhere, which sees nothing",
    async () => {
      await using board = await boardBehindProxy({ NODE_EXTRA_CA_CERTS: cert });
      await board.serve();
      const server = startTls(board);
      const { code, err } = await board.cord("send", "sealed", "--url", `https://${own}:${server.port}/`);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(heard()).toStartWith(`CONNECT ${own}:${server.port} HTTP/1.1\r\n`);
      expect(heard()).not.toContain("sealed");
      expect(heard().toLowerCase()).not.toContain("cord-");
      expect(heard().toLowerCase()).not.toContain("bearer");
      await server.stop(true);
      writeFileSync(log, "");
    },
  );

  test("whose certificate nobody vouches for gets nothing", async () => {
    await using board = await boardBehindProxy();
    await board.serve();
    const server = startTls(board);
    const { code, err } = await board.cord("status", "--url", `https://127.0.0.1:${server.port}/`);
    expect(code).toBe(1);
    expect(err).toContain("No encrypted connection to");
    await server.stop(true);
  });
});
