import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { cordBinary } from "../support/machine/binary.ts";
import { start } from "../support/machine/command.ts";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { request } from "../support/network/raw-http.ts";
import { rpcCall } from "../support/rpc.ts";

/** A real daemon that may have so few descriptors, also after Bun has raised the soft limit to the hard one. */
async function daemonWith(descriptors: number): Promise<DaemonProcess> {
  const limited = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  return daemonProcess({ command: ["sh", "-c", limited, await cordBinary()] });
}

/** Sends a request, and resolves with the status of its answer; the connection stays as the server leaves it. */
function ask(
  port: number,
  sent: string,
): { socket: Socket; status: Promise<number>; isClosed: () => boolean } {
  const socket = connect(port, "127.0.0.1", () => void socket.write(sent));
  const status = new Promise<number>((resolve) => {
    socket.once("data", (chunk) => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1] ?? 0)));
    socket.once("close", () => resolve(0));
  });
  socket.on("error", () => {});
  return { socket, status, isClosed: () => socket.closed };
}

function post(daemon: DaemonProcess, method: string, params: object): string {
  const headers = [
    `Host: 127.0.0.1:${daemon.port}`,
    "Content-Type: application/json",
    `Authorization: Bearer ${daemon.token}`,
  ];
  const body = JSON.stringify(rpcCall(method, params));
  return request("POST /", headers, body).replace("Connection: close\r\n", "");
}

describe("a daemon with 256 descriptors", () => {
  test("stays reachable with 1,000 waiters: it takes as many as there is room for, and refuses the others in words", async () => {
    await using daemon = await daemonWith(256);
    const wait = post(daemon, "tasks/list", { kind: "never", wait_ms: 60_000 });
    const waiters = Array.from({ length: 1000 }, () => ask(daemon.port, wait));
    const refused: number[] = [];
    for (const { status } of waiters) void status.then((code) => refused.push(code));
    const said = await daemon.says("waits and streams are open");
    expect(said).toContain("the limit of 256 descriptors");

    const { result: sent } = await daemon.rpc("tasks/send", { name: "work" });
    expect(sent).toMatchObject({ state: "pending" });
    const [task] = [sent].flatMap((value) =>
      typeof value === "object" && value !== null && "id" in value ? [value.id] : [],
    );
    expect((await daemon.rpc("tasks/claim", { id: task, agentId: "a" })).result).toMatchObject({
      claimed_by: "a",
    });
    expect((await fetch(`${daemon.url}healthz`)).status).toBe(200);

    const { result } = await daemon.rpc("daemon/describe");
    const held =
      typeof result === "object" && result !== null && "clients" in result ? Number(result.clients) : 0;
    expect(held).toBeGreaterThan(100);
    while (refused.length < 1000 - held) await daemon.rpc("daemon/status");
    expect(new Set(refused)).toEqual(new Set([503]));

    const late = start(
      [await cordBinary(), "wait", "--kind", "late", "--as", "late", "--all", "--url", daemon.url],
      {
        cwd: daemon.dataHome,
        env: { PATH: process.env["PATH"] ?? "", HOME: daemon.dataHome, XDG_DATA_HOME: daemon.dataHome },
      },
    );
    const agents = async () => JSON.stringify((await daemon.rpc("agents/list")).result);
    while (!(await agents()).includes("late"));
    for (let calls = 0; calls < 50; calls += 1) await agents();
    for (const { socket } of waiters) socket.destroy();
    await daemon.rpc("tasks/send", { name: "for the late one", kind: "late" });
    expect((await late.ended).code).toBe(0);
    const next = post(daemon, "tasks/list", { wait_ms: 1, kind: "never" });
    while ((await ask(daemon.port, next).status) !== 200) await daemon.rpc("daemon/status");
  });

  test("with no room for one more wait is named as that by a wait that runs out, not as one that is away", async () => {
    await using daemon = await daemonWith(256);
    const wait = post(daemon, "tasks/list", { kind: "never", wait_ms: 60_000 });
    const waiters = Array.from({ length: 1000 }, () => ask(daemon.port, wait));
    await daemon.says("waits and streams are open");
    const env = { PATH: process.env["PATH"] ?? "", HOME: daemon.dataHome, XDG_DATA_HOME: daemon.dataHome };
    const argv = [await cordBinary(), "wait", "--kind", "never", "--timeout", "1", "--url", daemon.url];
    const { code, err } = await start(argv, { cwd: daemon.dataHome, env }).ended;
    expect(code).toBe(2);
    expect(err).toMatch(/^cord wait: The wait ran out: .*leaves room for/);
    expect(JSON.parse(readFileSync(`${daemon.database}.address`, "utf8"))).toMatchObject({ pid: daemon.pid });
    for (const { socket } of waiters) socket.destroy();
  });

  test("closes idle connections when there is no room for new ones", async () => {
    await using daemon = await daemonWith(256);
    const alive = request("GET /healthz", [`Host: 127.0.0.1:${daemon.port}`]).replace(
      "Connection: close\r\n",
      "",
    );
    const idle = Array.from({ length: 600 }, () => ask(daemon.port, alive));
    expect(new Set(await Promise.all(idle.map(({ status }) => status)))).toEqual(new Set([200]));
    expect((await daemon.rpc("tasks/send", { name: "work" })).error).toBeUndefined();
    for (const { socket } of idle) socket.destroy();
  });

  test("closes connections that never say a word, and answers whoever does", async () => {
    await using daemon = await daemonWith(256);
    const silent = Array.from({ length: 600 }, () => ask(daemon.port, ""));
    for (let count = 0; count < 20; count += 1)
      expect((await daemon.rpc("tasks/send", { name: "work" })).error).toBeUndefined();
    for (const { socket } of silent) socket.destroy();
  });
});
