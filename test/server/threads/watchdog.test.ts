import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { start, type Running } from "../../support/machine/command.ts";
import { daemonProcess } from "../../support/machine/daemon.ts";
import { rpcClient } from "../../support/rpc.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const program = join(import.meta.dir, "../../support/programs/hanging-daemon.ts");
const token = "t".repeat(64);
let running: Running | undefined;
afterEach(() => running?.kill());

async function hangingDaemon(timeoutSeconds: number) {
  const dataHome = temporaryDirectory("hang");
  const database = join(dataHome, "cord.db");
  const { PATH = "", HOME = "" } = process.env;
  running = start([process.execPath, program, database, token, String(timeoutSeconds)], {
    cwd: dataHome,
    env: { PATH, HOME, XDG_DATA_HOME: dataHome },
  });
  const said = await running.says(/listening on \S+/);
  return { running, database, dataHome, ...rpcClient(/listening on (\S+)/.exec(said)?.[1] ?? "", token) };
}

test("a daemon whose loop does not turn any more ends itself, says so, and what it acknowledged is there", async () => {
  const { running, database, dataHome, rpc } = await hangingDaemon(2);
  const { result } = await rpc("tasks/send", { name: "acknowledged" });
  running.signal("SIGUSR2");
  const { code, err } = await running.ended;
  expect(code).toBe(137);
  expect(err).toContain(`this daemon (pid ${running.pid}) ends itself`);
  await using next = await daemonProcess({ database, dataHome });
  expect((await next.rpc("tasks/list")).result).toEqual([result]);
});

test("a daemon that was stopped for longer than that, and goes on, is left alone", async () => {
  const { running, rpc } = await hangingDaemon(2);
  const stopped = Bun.spawn(["sh", "-c", `kill -STOP ${running.pid}; sleep 4; kill -CONT ${running.pid}`]);
  await stopped.exited;
  expect(await rpc("tasks/send", { name: "after" })).toMatchObject({ result: { name: "after" } });
  expect(running.err()).not.toContain("ends itself");
});
