import { describe, expect, test } from "bun:test";
import { contain, type ContainmentParts } from "../../../src/engine/process/containment.ts";
import { PsFamily } from "../../../src/engine/process/ps-family.ts";
import { processesByPs, type PsRow } from "../../../src/engine/process/ps-table.ts";
import { straysIn } from "../../../src/engine/process/strays.ts";
import { orphans, survivors } from "../../../src/engine/process/survivors.ts";

const start = "Thu Nov 26 21:02:06 2026";

/** ps answers with these lines, and with one of itself. */
function saying(...lines: string[]) {
  const asked: string[][] = [];
  const run = (argv: string[]) => {
    asked.push(argv);
    return { text: [...lines, `  999 ${process.pid} 100 ?? R+ ${start} ps`].join("\n"), ps: 999 };
  };
  return { run, asked };
}

function rows(...lines: string[]): PsRow[] {
  return processesByPs({}, saying(...lines).run);
}

const mayLive = (engine: string) => engine === "8:alive:1";

describe("the processes that ps shows", () => {
  test("are read with their start, without those that have ended, and without ps itself", () => {
    const said = saying(
      `  100     1   100 ?? Ss   ${start} /usr/local/bin/cord shim {"dir": 1}`,
      `  101   100   100 ?? Z    ${start} (node)`,
      `  102   100   100 ttys003 S    Thu Nov  6 01:02:03 2026`,
      "ps: an error that is no row",
      "",
    );
    expect(processesByPs({}, said.run)).toEqual([
      {
        pid: 100,
        parent: 1,
        group: 100,
        hasTerminal: false,
        start,
        command: '/usr/local/bin/cord shim {"dir": 1}',
      },
      {
        pid: 102,
        parent: 100,
        group: 100,
        hasTerminal: true,
        start: "Thu Nov  6 01:02:03 2026",
        command: "",
      },
    ]);
    expect(said.asked).toEqual([["ps", "-axww", "-o", "pid=,ppid=,pgid=,tty=,stat=,lstart=,command="]]);
  });

  test("are asked for with their environment where that can be seen", () => {
    const said = saying();
    processesByPs({ withEnvironment: true }, said.run);
    expect(said.asked[0]?.[1]).toBe("-axwwE");
  });

  test.skipIf(Bun.which("ps") === null)("are this machine's", () => {
    const own = processesByPs().find(({ pid }) => pid === process.pid);
    expect(own?.parent).toBe(process.ppid);
  });
});

describe("what an agent has had a service start, on macOS", () => {
  test("is what has neither parent nor terminal, works in the folder, and is no older than the run", () => {
    const asked: string[][] = [];
    const self = `${process.pid} 1 1 ttys001 S ${start} cord run`;
    const table = [
      self,
      `301 1 301 ?? S Thu Nov 26 21:02:07 2026 /usr/bin/python3 -m http.server`,
      `302 1 302 ?? S Thu Nov 26 21:02:05 2026 older`,
      `303 1 303 ttys002 S Thu Nov 26 21:02:07 2026 at a terminal`,
      `304 301 304 ?? S Thu Nov 26 21:02:07 2026 with a parent`,
      `305 1 305 ?? S Thu Nov 26 21:02:07 2026 elsewhere`,
      `306 1 306 ?? S Thu Nov 26 21:02:07 2026 ${process.execPath} serve --on-demand`,
    ].join("\n");
    const run = (argv: string[]) => {
      asked.push(argv);
      const text = argv[0] === "ps" ? table : "p301\nfcwd\nn/work/shop/src\np305\nfcwd\nn/work/shopping\n";
      return { text, ps: 999 };
    };
    expect(straysIn("/work/shop", "darwin", run)).toEqual([{ pid: 301, name: "python3" }]);
    expect(asked[1]).toEqual(["lsof", "-w", "-a", "-d", "cwd", "-Fn", "-p", "301,305"]);
    expect(straysIn("/work/shop", "win32", run)).toEqual([]);
    expect(straysIn("/work/shop", "darwin", () => ({ text: "p\nn\0", ps: 0 }))).toEqual([]);
  });
});

describe("an attempt's processes where nobody adopts orphans", () => {
  const shim = `100 1 100 ?? S ${start} cord shim`;
  const agent = `101 100 100 ?? S ${start} claude`;
  const shell = `102 101 102 ?? S ${start} zsh`;

  test("are what is in the shim's group, and what descends from it", () => {
    const family = new PsFamily(100, "run/1/1");
    const stranger = `200 1 200 ?? S ${start} zsh`;
    expect(family.look(rows(shim, agent, shell, `103 102 103 ?? S ${start} node`, stranger))).toEqual([
      101, 102, 103,
    ]);
    expect(family.look(rows(shim, `104 1 100 ?? S ${start} node`, stranger))).toEqual([104]);
  });

  test("are known after their parents have ended, and so is what is in their group", () => {
    const family = new PsFamily(100, "run/1/1");
    family.look(rows(shim, agent, shell, `103 102 102 ?? S ${start} node`));
    const left = `103 1 102 ?? S ${start} node`;
    const begun = `104 1 102 ?? S ${start} node worker`;
    expect(family.look(rows(shim, left, begun))).toEqual([103, 104]);
    expect(family.look(rows(shim, `105 104 105 ?? S ${start} x`, begun))).toEqual([104, 105]);
  });

  test("are not whoever has the pid of one that has ended", () => {
    const family = new PsFamily(100, "run/1/1");
    family.look(rows(shim, shell, agent));
    expect(family.look(rows(shim, `102 1 102 ?? S Thu Nov 26 21:02:07 2026 vim`))).toEqual([]);
  });

  test("are known by their marker, but for a daemon of cord's, which is everybody's", () => {
    const family = new PsFamily(100, "run/1/1");
    const marked = (pid: number, attempt: string) =>
      `${pid} 1 ${pid} ?? S ${start} node server.js A=1 CORD_ATTEMPT=${attempt} B=2`;
    const daemon = `203 1 203 ?? S ${start} ${process.execPath} serve --on-demand CORD_ATTEMPT=run/1/1`;
    const child = `204 101 204 ?? S ${start} ${process.execPath} serve --on-demand`;
    const all = rows(marked(201, "run/1/1"), marked(202, "run/1/12"), daemon, shim, agent, child);
    expect(family.look(all)).toEqual([201, 101]);
  });

  test("are looked for by the sweep and after a shim's death in the same way, with environments on macOS alone", () => {
    const views: unknown[] = [];
    const table = rows(
      `201 1 201 ?? S ${start} node CORD_ATTEMPT=run/1/1 CORD_ENGINE=7:dead:1`,
      `202 1 202 ?? S ${start} node CORD_ENGINE=8:alive:1 CORD_ATTEMPT=run/2/1`,
      `203 1 203 ?? S ${start} node CORD_ATTEMPT=other/2/1`,
    );
    const ps = (view: unknown) => {
      views.push(view);
      return table;
    };
    expect(orphans("run", mayLive, "darwin", ps)).toEqual([201]);
    expect(survivors(100, "run/1/1", "freebsd", ps)).toEqual([201]);
    expect(views).toEqual([{ withEnvironment: true }, { withEnvironment: false }]);
    expect(orphans("run", mayLive, "win32", ps)).toEqual([]);
    expect(survivors(100, "run/1/1", "win32", ps)).toEqual([]);
  });

  test("are ended by signals, as on Linux", () => {
    const killed: number[] = [];
    const parts: ContainmentParts = {
      kernel32: () => null,
      killTree: () => {},
      processesByPs: () => rows(`101 ${process.pid} 101 ?? S ${start} claude`),
      kill: (pid) => killed.push(pid),
    };
    const held = contain("run/1/1", "darwin", parts);
    held.started(101);
    expect(held.others()).toEqual([101]);
  });
});
