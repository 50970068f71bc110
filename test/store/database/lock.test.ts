import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockDatabase } from "../../../src/store/database/lock.ts";
import { announcedOf, isAlive } from "../../../src/system/announcement.ts";
import { daemonHere, daemonProcess } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { until } from "../../support/until.ts";

describe("a database", () => {
  test("belongs to one daemon: a second is refused, and told where the first listens", async () => {
    await using first = await daemonProcess();
    const again = () => daemonHere({ database: first.database });
    expect(again).toThrow(`Another daemon (pid ${first.pid}) at ${first.url} has the database`);
    await expect(daemonProcess({ database: first.database })).rejects.toThrow(first.url);
    expect((await first.rpc("daemon/status")).result).toMatchObject({ open_runs: 0 });
  });

  test("that several want at the same moment goes to exactly one of them", async () => {
    const database = join(temporaryDirectory("lock"), "cord.db");
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => daemonProcess({ database })));
    const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    for (const daemon of won) await daemon.end();
    expect(won).toHaveLength(1);
  });

  test("is free again at once when its daemon was killed with -9", async () => {
    const first = await daemonProcess();
    await first.rpc("tasks/send", { name: "kept" });
    await first.end("SIGKILL");
    await using second = daemonHere({ database: first.database });
    expect((await second.rpc("tasks/list")).result).toMatchObject([{ name: "kept" }]);
    expect(announcedOf(first.database)).toMatchObject({ pid: process.pid, url: second.url });
  });

  test("is free again when its daemon has stopped, and names no holder", async () => {
    const database = join(temporaryDirectory("lock"), "cord.db");
    await daemonHere({ database }).stop();
    expect(announcedOf(database)).toBeNull();
    await daemonHere({ database }).stop();
  });

  test("says which process has it, and whether that one still lives", async () => {
    const daemon = await daemonProcess();
    const said = announcedOf(daemon.database);
    expect(said).toMatchObject({
      pid: daemon.pid,
      url: daemon.url,
      database: daemon.database,
      started: "hand",
    });
    if (said === null) throw new Error("nothing was announced");
    expect(isAlive(said)).toBe(true);
    expect(isAlive({ ...said, startTime: "1" })).toBe(false);
    await daemon.end("SIGKILL");
    expect(isAlive(said)).toBe(false);
  });

  test("is the same under another name: a link to it, or to its folder", async () => {
    const folder = temporaryDirectory("lock");
    const database = join(folder, "cord.db");
    await using first = daemonHere({ database });
    symlinkSync(database, join(folder, "link.db"));
    symlinkSync(folder, join(folder, "there"));
    for (const name of ["link.db", "there/cord.db"])
      expect(() => daemonHere({ database: `${folder}/${name}` })).toThrow(first.url);
  });

  test("whose lock was removed is locked again, and what its daemon said of itself is there again", async () => {
    const database = join(temporaryDirectory("lock"), "cord.db");
    await using daemon = await daemonProcess({ database });
    for (const ending of ["lock", "address"]) rmSync(`${database}.${ending}`);
    await until("both are back", () =>
      ["lock", "address"].every((ending) => existsSync(`${database}.${ending}`)),
    );
    expect(() => daemonHere({ database })).toThrow(daemon.url);
    expect((await daemon.rpc("daemon/status")).error).toBeUndefined();
  });

  test("may lie in a folder that is not there yet", async () => {
    const database = join(temporaryDirectory("lock"), "new", "deep", "cord.db");
    await using daemon = daemonHere({ database });
    expect((await daemon.rpc("tasks/list")).result).toEqual([]);
  });

  test("whose lock cannot be made is refused for that, not for another daemon", () => {
    const folder = temporaryDirectory("lock");
    writeFileSync(join(folder, "file"), "");
    const database = join(folder, "file", "cord.db");
    expect(() => lockDatabase(database)).toThrow(/--db FILE/);
  });
});
