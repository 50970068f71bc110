import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity, readStat } from "../../../src/system/process-identity.ts";
import { cordBinary } from "../../support/machine/binary.ts";
import { canMount, smallDisk } from "../../support/machine/small-disk.ts";
import { notPrepared } from "../../../src/engine/process/start-failure.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { until } from "../../support/until.ts";
import { start } from "../../support/engine/attempt.ts";
import { startProcess } from "../../../src/engine/process/supervise.ts";
import { isAlive, launchIn, program, script } from "../../support/engine/program.ts";

describe("starting an agent", () => {
  test("gives it the prompt, and tells its lines and its exit code", async () => {
    const { agent, lines } = await start(script("cat; exit 3"), { prompt: "one\ntwo\n" });
    expect(await agent.exited).toMatchObject({ code: 3, signal: null });
    expect(lines).toEqual(["one", "two"]);
  });

  test("tells the lines while it runs, and a last one without its newline", async () => {
    const { agent, said, lines } = await start(
      script("echo first; read -r line; printf '%s' \"last $line\"", true),
    );
    await said("first");
    agent.tell("word");
    await agent.exited;
    expect(lines).toEqual(["first", "last word"]);
  });

  test("names a missing program, directory or permission, and leaves nothing running", async () => {
    await expect(start(program(["/nowhere/agent"]))).rejects.toThrow(
      /The program did not start: its program was not found/,
    );
    await expect(start(program(["/etc/passwd"]))).rejects.toThrow(/may not be executed/);
    await expect(start(script("true"), { cwd: "/nowhere/at/all" })).rejects.toThrow(
      /there is no directory \/nowhere\/at\/all/,
    );
  });

  test("works from a directory that was deleted meanwhile, as an engine's own may be", async () => {
    const shimCommand = [await cordBinary(), "shim"];
    const [before, folder] = [process.cwd(), join(temporaryDirectory("anew"), "project")];
    mkdirSync(folder);
    process.chdir(folder);
    rmdirSync(folder);
    mkdirSync(folder);
    try {
      const { agent, lines } = await start(script("pwd"), { cwd: folder, shimCommand });
      expect(await agent.exited).toMatchObject({ code: 0 });
      expect(lines).toEqual([folder]);
    } finally {
      process.chdir(before);
    }
  });

  test("names a command line that is too long for the system", async () => {
    await expect(start(program(["true", "x".repeat(3_000_000)]))).rejects.toMatchObject({ code: "failed" });
  });

  test("passes 10 MB of prompt whole", async () => {
    const { agent, lines } = await start(program(["wc", "-c"]), { prompt: "x".repeat(10_000_000) });
    await agent.exited;
    expect(lines.map((line) => line.trim())).toEqual(["10000000"]);
  });

  test("survives an agent that dies before it has read its prompt", async () => {
    const { agent } = await start(script("exit 5"), { prompt: "x".repeat(10_000_000) });
    expect((await agent.exited).code).toBe(5);
    expect(agent.tell("anyone?")).toBe(false);
  });

  test("tells the signal that ended the agent, and no code", async () => {
    const { agent } = await start(script("kill -9 $$"));
    expect(await agent.exited).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("gives the last lines of stderr as the tail", async () => {
    const { agent } = await start(script("seq 1 100000 >&2; echo the reason >&2; exit 1"));
    expect((await agent.exited).tail).toMatch(/\n99999\n100000\nthe reason$/);
  });

  test("leads a session of its own, under an identity that is its shim's", async () => {
    const { agent, said } = await start(
      script("echo pgrp $(cut -d' ' -f5 /proc/self/stat); read -r _", true),
    );
    expect(await said(/^pgrp/)).toBe(`pgrp ${agent.pid}`);
    expect(processIdentity(agent.pid)).toEqual(agent.identity);
    await agent.kill();
    expect(processIdentity(agent.pid)).toBeNull();
  });

  test("hands the agent no descriptor but its three", async () => {
    const { agent, lines } = await start(script("ls /proc/$$/fd"));
    await agent.exited;
    expect(lines).toEqual(["0", "1", "2"]);
  });
});

describe("ending an agent", () => {
  test("TERM is enough for one that heeds it", async () => {
    const { agent, said } = await start(
      script("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.01; done"),
    );
    await said("up");
    await agent.end({ graceMs: 60_000 });
    expect((await agent.exited).code).toBe(9);
    await said("bye");
  });

  test("KILL follows for one that ignores TERM, and for what it started", async () => {
    const { agent, said } = await start(
      script("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done"),
    );
    const child = Number(await said(/^\d+$/));
    await agent.end({ graceMs: 1 });
    expect((await agent.exited).signal).toBe("SIGKILL");
    expect(isAlive(child)).toBe(false);
  });

  test("a later end with a shorter grace is obeyed", async () => {
    const { agent, said } = await start(script("trap '' TERM; echo up; while :; do sleep 1000; done"));
    await said("up");
    const slow = agent.end({ graceMs: 600_000 });
    await agent.kill();
    await slow;
    expect((await agent.exited).signal).toBe("SIGKILL");
  });

  test("closing stdin lets it finish by itself", async () => {
    const { agent, said } = await start(script("echo up; cat; exit 4", true));
    await said("up");
    expect(agent.tell("hello")).toBe(true);
    await said("hello");
    agent.closeStdin();
    expect((await agent.exited).code).toBe(4);
    expect(agent.tell("late")).toBe(false);
  });

  test("ends the agent of a shim that was itself killed", async () => {
    const { agent, said } = await start(script("echo $$; while :; do sleep 1000; done"));
    const pid = Number(await said(/^\d+$/));
    process.kill(agent.pid, "SIGKILL");
    expect(await agent.exited).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(isAlive(pid)).toBe(false);
  });
});

describe("what an agent leaves behind", () => {
  test("is ended when the agent exits, one that ignores TERM and one in another session too", async () => {
    const left =
      "sleep 1000 & echo $!; (trap '' TERM; exec sleep 1000) & echo $!; setsid sleep 1000 & echo $!; exit 0";
    const { agent, lines } = await start(script(left));
    expect((await agent.exited).code).toBe(0);
    expect(lines).toHaveLength(3);
    for (const pid of lines) expect(isAlive(Number(pid))).toBe(false);
  });

  test("is ended also when it cleared its environment, forked twice, and has another session and another name", async () => {
    const folder = temporaryDirectory("hidden");
    const hidden = join(folder, "hidden.sh");
    writeFileSync(hidden, `echo $$ > ${folder}/pid\nexec bash -c 'exec -a kworker sleep 1000'\n`);
    // it tells its pid once it is away, and only then does the agent exit
    const away = `mkfifo ${folder}/pid; (env -i setsid sh -c "(setsid sh ${hidden} &)"); cat ${folder}/pid; exit 0`;
    const { agent, lines } = await start(script(away));
    expect((await agent.exited).code).toBe(0);
    expect(lines).toEqual([expect.stringMatching(/^\d+$/)]);
    expect(isAlive(Number(lines[0]))).toBe(false);
  });

  test("is reaped when it ends before the agent", async () => {
    const { agent, said } = await start(script("(sh -c 'echo $$; exec true' &); read -r _", true));
    const pid = Number(await said(/^\d+$/));
    await until("no zombie is left", () => readStat(pid) === null);
    await agent.kill();
  });
});

describe("a shim that does not report its start", () => {
  test("is ended with what it started", async () => {
    const pidFile = join(temporaryDirectory("stuck"), "pid");
    const stuck = ["sh", "-c", `setsid sleep 1000 3>&- & echo $! > ${pidFile}; kill -STOP $$`];
    const agent = startProcess({
      agent: script("true"),
      launch: launchIn(temporaryDirectory("attempt")),
      onEvent: () => {},
      shimCommand: stuck,
    });
    await until("the shim is stopped", () => readStat(agent.pid)?.state === "T");
    const complaint = agent.started.then(() => "none", String);
    await agent.kill();
    expect(await complaint).toMatch(/its shim ended with SIGKILL/);
    expect(isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
  });
});

describe("a start whose output cannot be opened", () => {
  test("is the trouble of the machine: no room for open files, or nothing to be read where it should be", async () => {
    const launch = launchIn(join(temporaryDirectory("unread"), "attempt"));
    const code = { code: "EMFILE" };
    const short = notPrepared(program(["/bin/sh"]), launch, Object.assign(new Error("too many"), code));
    expect(short).toHaveProperty("trouble.kind", "processes");
    expect(short).toHaveProperty("message", expect.stringContaining("raise ulimit -n"));
    const report = JSON.stringify({
      started: { startTime: "", bootId: "" },
      begin: { output: 0, errors: 0 },
    });
    const forgetful = ["sh", "-c", `echo '${report}' >&3; read -r _ <&3`];
    const shim = { agent: script("true"), launch, onEvent: () => {}, shimCommand: forgetful };
    const complaint = startProcess(shim).started.then(
      () => null,
      (error: unknown) => error,
    );
    expect(await complaint).toHaveProperty("trouble.kind", "disk");
  });
});

describe("the output of a start of an attempt", () => {
  test("comes behind that of the starts before it, from a new line on, and is told without it", async () => {
    const dir = temporaryDirectory("starts");
    await began(dir, "echo one; printf 'torn in'; echo it was tired >&2; exit 1");
    const { lines, tail, log } = await began(dir, "echo two; exit 2");
    expect(lines).toEqual(["two"]);
    expect(tail).toBe("two");
    expect(log).toBe("one\ntorn in\ntwo\n");
    expect(readFileSync(join(dir, "error.log"), "utf8")).toBe("it was tired\n");
  });

  test("is held to the cap together with theirs; a file that they have filled is begun anew", async () => {
    const dir = temporaryDirectory("starts");
    const [lines, cap] = ["yes 'a line of 19 bytes' | head -n", 200_000];
    await began(dir, `${lines} 9000`, cap);
    const second = await began(dir, `${lines} 500000; echo VITAL`, cap);
    expect(second.lines).toContain("VITAL");
    expect(second.log.length).toBeLessThan(2_000_000);
    expect((await began(dir, "echo anew", cap)).log).toBe("anew\n");
  });
});

describe("an agent's output", () => {
  const flood = `yes "a line of much output" | head -c 200000000; echo; echo VITAL result; echo not so vital`;

  test("is capped in the file, and vital lines still come", async () => {
    const { agent, lines, launch } = await start(script(flood), { outputCapBytes: 1_000_000 });
    expect((await agent.exited).code).toBe(0);
    expect(statSync(join(launch.dir, "output.jsonl")).size).toBeLessThan(2_000_000);
    expect(lines).toContain("VITAL result");
    expect(lines).not.toContain("not so vital");
  });

  test("may hold a line longer than memory should: it is skipped, and the next is read", async () => {
    const { agent, lines } = await start(
      script("echo one; head -c 30000000 /dev/zero | tr '\\0' x; echo; echo two"),
    );
    await agent.exited;
    expect(lines).toEqual(["one", "two"]);
  });

  test.skipIf(!canMount)(
    "is told whole and in order when the disk is full under it (needs mount)",
    async () => {
      using disk = smallDisk(2);
      if (disk === null) throw new Error("no disk");
      const codes: string[] = [];
      const lots = `yes "$(printf '%01000d' 0)" | head -n 2000`;
      const { agent, launch, lines, said } = await start(
        script(
          `echo begun; read -r _; printf 'in two '; printf 'parts\n'; ${lots}; echo full; read -r _; echo room`,
          true,
        ),
        { dir: join(disk.folder, "attempt"), onUnwritable: (code) => codes.push(code) },
      );
      await said("begun");
      disk.fill();
      agent.tell("go on");
      await said("full");
      disk.empty();
      agent.tell("go on");
      await agent.exited;
      expect(lines.slice(0, 2)).toEqual(["begun", "in two parts"]);
      expect(lines.filter((line) => line === "0".repeat(1000))).toHaveLength(2000);
      expect(lines.at(-1)).toBe("room");
      expect(new Set(codes)).toEqual(new Set(["ENOSPC"]));
      const log = readFileSync(join(launch.dir, "output.jsonl"), "utf8");
      expect(log).toMatch(/^begun\n[^]*\ncord could not write \d+ bytes here \(ENOSPC\)\nroom\n$/);
    },
  );

  test.skipIf(!canMount)(
    "cannot be begun where nothing can be written: that is the trouble of the machine (needs mount)",
    async () => {
      using disk = smallDisk(1);
      if (disk === null) throw new Error("no disk");
      Bun.spawnSync(["mount", "-o", "remount,ro", disk.folder]);
      const begun = start(script("true"), { dir: join(disk.folder, "attempt") });
      await expect(begun).rejects.toMatchObject({ trouble: { kind: "disk" } });
      await expect(begun).rejects.toThrow(/cannot be written: .*(read-only|EROFS)/);
    },
  );

  test("goes to files that only their owner may read, in a directory made for the attempt", async () => {
    const dir = join(temporaryDirectory("run"), "4", "1");
    mkdirSync(join(dir, ".."), { recursive: true });
    const { agent } = await start(script("echo hi"), { dir });
    await agent.exited;
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, "output.jsonl")).mode & 0o777).toBe(0o600);
  });
});

/** One start of an attempt, to its end. */
async function began(dir: string, text: string, outputCapBytes = 1_000_000) {
  const { agent, lines } = await start(script(text), { dir, outputCapBytes });
  const { tail } = await agent.exited;
  return { lines, tail, log: readFileSync(join(dir, "output.jsonl"), "utf8") };
}
