import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { startBoard } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

describe("an address", () => {
  test("belongs to one daemon: a second with another database is refused, and told who has it", async () => {
    await using first = await daemonProcess();
    const { dataHome } = first;
    const second = daemonProcess({
      dataHome,
      database: join(dataHome, "b.db"),
      address: `127.0.0.1:${first.port}`,
    });
    await expect(second).rejects.toThrow(
      `cord serve: A cord daemon (pid ${first.pid}, started by hand) with the database ${first.database} listens at ${first.url}`,
    );
    expect((await first.rpc("tasks/list")).result).toEqual([]);
  });

  test("has one daemon when several with databases of their own start at the same moment", async () => {
    await using board = await startBoard();
    const address = new URL(board.url).host;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => daemonProcess({ address, dataHome: temporaryDirectory("data") })),
    );
    const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    for (const daemon of won) await daemon.end();
    expect(won).toHaveLength(1);
    for (const { message } of refusals) expect(message).toMatch(/\(pid \d+[,)]/);
  });

  test("takes every send of two commands that start it at once, each with a database of its own", async () => {
    await using board = await startBoard();
    const databases = ["a.db", "b.db"].map((name) => join(board.cwd, name));
    const send = (database: string, name: string) =>
      start(board.argv("send", name), { cwd: board.cwd, env: { ...board.env, CORD_DB: database } }).ended;
    const first = await Promise.all(databases.map((database, index) => send(database, `first ${index}`)));
    const more = await Promise.all(databases.map((database, index) => send(database, `more ${index}`)));
    expect([...first, ...more].map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { database } = await healthOf(board.url);
    await board.killDaemon();
    expect(countOf(database)).toBe(4);
  });

  test.each([
    ["127.0.0.1", "0.0.0.0"],
    ["0.0.0.0", "127.0.0.1"],
    ["[::]", "127.0.0.1"],
    ["127.0.0.1", "[::]"],
    ["[::1]", "127.0.0.1"],
    ["127.0.0.1", "localhost"],
  ])("at %s leaves no room for a daemon at %s on its port", async (one, other) => {
    await using first = await daemonProcess({ address: `${one}:0`, args: ["--expose"] });
    const second = daemonProcess({ address: `${other}:${first.port}`, args: ["--expose"] });
    await expect(second).rejects.toThrow(new RegExp(`\\(pid ${first.pid}[,)].*database ${first.database}`));
  });

  test("of a person's own server, that shares its port, is refused with the name of its process", async () => {
    const own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      reusePort: true,
      fetch: () => new Response("mine"),
    });
    const refused = daemonProcess({ address: `127.0.0.1:${own.port}` });
    await expect(refused).rejects.toThrow(/cord serve: \S+ \(pid \d+\) listens on 127\.0\.0\.1:\d+ already/);
    await refused.catch(({ message }) => expect(message).toContain(`(pid ${process.pid})`));
    await own.stop(true);
  });

  test("of a daemon is not shared with a server that would share its own", async () => {
    await using daemon = await daemonProcess();
    const share = () =>
      Bun.serve({
        port: daemon.port,
        hostname: "127.0.0.1",
        reusePort: true,
        fetch: () => new Response("mine"),
      });
    expect(share).toThrow("in use");
  });
});

async function healthOf(url: string): Promise<{ database: string }> {
  const response = await fetch(`${url}healthz`);
  const health: unknown = await response.json();
  if (typeof health !== "object" || health === null || !("database" in health)) throw new Error("no health");
  return { database: String(health.database) };
}

function countOf(database: string): number {
  const opened = new Database(database, { readonly: true });
  const row = opened.query<{ count: number }, []>("SELECT count(*) AS count FROM tasks").get();
  opened.close();
  return row?.count ?? 0;
}
