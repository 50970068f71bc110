import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/client/client.ts";
import { startDaemon } from "../../src/server/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const token = "0123456789abcdef0123456789abcdef";

test("a daemon with a vault has drawn what was sent before it ends, and the next one goes on from there", async () => {
  const folder = temporaryDirectory("daemon");
  for (const name of ["first", "second"]) {
    const daemon = daemonOf(folder);
    await createClient({ url: daemon.url, token }).call("tasks/send", { name });
    await daemon.stop();
  }
  const names = readdirSync(join(folder, "vault/tasks")).map((name) => name.split("-")[3]);
  expect(names.toSorted()).toEqual(["first", "second"]);
});

test("a vault keeps no daemon from going when nobody needs it", async () => {
  const daemon = daemonOf(temporaryDirectory("daemon"), 0.01);
  await daemon.idle;
  await daemon.stop();
});

test("a vault that cannot be written keeps no daemon from starting or stopping", async () => {
  const folder = temporaryDirectory("daemon");
  const daemon = daemonOf(folder, null, "/dev/null/vault");
  const sent = await createClient({ url: daemon.url, token }).call("tasks/send", { name: "x" });
  expect(sent).toMatchObject({ state: "pending" });
  await daemon.stop();
});

function daemonOf(folder: string, idleExitSeconds: number | null = null, vault = join(folder, "vault")) {
  return startDaemon({
    hostname: "127.0.0.1",
    port: 0,
    database: join(folder, "cord.db"),
    token,
    open: false,
    exposed: false,
    idleExitSeconds,
    started: "hand",
    vault,
  });
}
