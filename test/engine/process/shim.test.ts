import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { OutputCap } from "../../../src/engine/process/output-cap.ts";
import { isSameProcess, processIdentity } from "../../../src/system/process-identity.ts";
import { sweepOrphans } from "../../../src/engine/process/supervise.ts";
import { endAll } from "../../../src/engine/process/survivors.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { start } from "../../support/engine/attempt.ts";
import { gone, isAlive, script } from "../../support/engine/program.ts";

describe("an engine that is killed", () => {
  test("takes its agents with it: all they started, one that ignores TERM, one in another session, and one that hides", async () => {
    const { engine, pids } = await engineWithAgents([
      "sleep 1000 & echo $!; echo $$; wait",
      "trap '' TERM; echo $$; while :; do sleep 1000; done",
      "setsid sleep 1000 & echo $!; echo $$; wait",
      "env -i setsid sh -c 'sleep 1000 & echo $!'; echo $$; while :; do sleep 1000; done",
    ]);
    expect(pids.every(isAlive)).toBe(true);
    engine.kill("SIGKILL");
    await Promise.all(pids.map(gone));
  });

  test("takes with it what hides at once, before the shim has seen its agent", async () => {
    // stopped, it sees nothing of its agent before that has hidden
    const hider =
      "kill -STOP $PPID; env -i setsid sh -c 'sleep 1000 & echo $!'; kill -CONT $PPID; echo $$; while :; do sleep 1000; done";
    const { engine, pids } = await engineWithAgents(Array.from({ length: 16 }, () => hider));
    engine.kill("SIGKILL");
    await Promise.all(pids.map(gone));
  });

  test("takes them with it also where its lifeline is a channel, as on Windows", async () => {
    const left = "sleep 1000 & echo $!; trap '' TERM; echo $$; while :; do sleep 1000; done";
    const { engine, pids } = await engineWithAgents([left], undefined, "win32");
    expect(pids.every(isAlive)).toBe(true);
    engine.kill("SIGKILL");
    await Promise.all(pids.map(gone));
  });

  test("leaves to the sweep what lost its shim; another engine's agents are left alone", async () => {
    const runId = crypto.randomUUID();
    const { engine, pids, shims } = await engineWithAgents(["echo $$; while :; do sleep 1000; done"], runId);
    const mine = await start(script("echo up; read -r _", true), { runId, node: "#5" });
    await mine.said("up");
    // stopped, the engine cannot see that its shim died
    engine.kill("SIGSTOP");
    for (const shim of shims) process.kill(shim, "SIGKILL");
    expect(await sweepOrphans(runId)).toEqual([]);
    engine.kill("SIGKILL");
    await engine.exited;
    expect(await sweepOrphans(runId)).toEqual(expect.arrayContaining(pids));
    expect(pids.some(isAlive)).toBe(false);
    expect(isAlive(mine.agent.pid)).toBe(true);
    await mine.agent.kill();
  });

  test("is swept only for the run that is asked for", async () => {
    expect(await sweepOrphans(crypto.randomUUID())).toEqual([]);
  });
});

describe("what is to be ended", () => {
  test("is looked for once more when nothing is found: it may have forked and exited meanwhile", async () => {
    const child = Bun.spawn(["sleep", "1000"]);
    const looks = [[], [child.pid], []];
    expect(await endAll(() => looks.shift() ?? [], 0)).toEqual([child.pid]);
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });
});

describe("a process's identity", () => {
  test("is its own while it lives, and nobody's after", async () => {
    const child = Bun.spawn(["sleep", "1000"]);
    const identity = processIdentity(child.pid);
    if (identity === null) throw new Error("the child has no identity");
    expect(isSameProcess(identity)).toBe(true);
    expect(isSameProcess({ ...identity, startTime: "1" })).toBe(false);
    child.kill();
    await child.exited;
    expect(isSameProcess(identity)).toBe(false);
  });
});

describe("the cap on output", () => {
  test("lets all through below it", () => {
    expect(through(new OutputCap(100, ["V"]), "one\ntw", "o\n")).toBe("one\ntwo\n");
  });

  test("finishes the line that crosses it, drops the next, and lets vital ones through", () => {
    expect(through(new OutputCap(6, ["V"]), "one\n", "long", "er\ndrop\n", "is V\nno\n")).toBe(
      "one\nlonger\nis V\n\ncord dropped 8 bytes past the cap\n",
    );
  });

  test("sees a vital line that comes byte by byte, and one at the very end without a newline", () => {
    const cap = new OutputCap(1, ["VITAL"]);
    expect(through(cap, "x\n", ..."drop\na VITAL line\nVITAL\n")).toBe(
      "x\na VITAL line\nVITAL\n\ncord dropped 5 bytes past the cap\n",
    );
  });

  test("holds a vital line to a length, and those that come after it are seen", () => {
    const long = `VITAL${"x".repeat(17_000_000)}\n`;
    expect(through(new OutputCap(1, ["VITAL"]), "x\n", long, "VITAL\n")).toMatch(/^x\nVITAL\n\ncord dropped/);
  });

  test("lets a vital line of 5 MB through whole, wherever its mark stands", () => {
    const line = `${"x".repeat(5_000_000)}VITAL`;
    const chunks = line.match(/[^]{1,65536}/g) ?? [];
    expect(through(new OutputCap(1, ["VITAL"]), "x\n", ...chunks, "\n")).toBe(`x\n${line}\n`);
  });

  test("lets a vital line through that the output ends with, without its newline", () => {
    expect(through(new OutputCap(1, ["VITAL"]), "x\n", "drop\n", "a VITAL line")).toBe(
      "x\na VITAL line\ncord dropped 5 bytes past the cap\n",
    );
  });

  test("keeps the end of plain text", () => {
    expect(through(new OutputCap(1, []), "one\n", "two\n", "the last words")).toMatch(
      /^one\n\ncord dropped .*\nthe last words$/s,
    );
  });
});

/** A program that starts agents as an engine does, and prints the pids that they print and its shims'. */
async function engineWithAgents(
  scripts: string[],
  runId: string = crypto.randomUUID(),
  platform: NodeJS.Platform = process.platform,
) {
  const dir = temporaryDirectory("engine");
  const engine = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "../../support/engine/engine-process.ts"),
      runId,
      dir,
      platform,
      ...scripts,
    ],
    {
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const pids: number[] = [];
  const shims: number[] = [];
  const wanted = scripts.reduce((sum, text) => sum + text.split("echo").length - 1, 0);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of engine.stdout) {
    text += decoder.decode(chunk);
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const [kind, pid] = line.split(" ");
      (kind === "shim" ? shims : pids).push(Number(pid));
    }
    if (pids.length === wanted && shims.length === scripts.length) break;
  }
  if (pids.length !== wanted) throw new Error("the engine ended before its agents ran");
  return { engine, pids, shims };
}

function through(cap: OutputCap, ...chunks: string[]): string {
  const passed = chunks.flatMap((chunk) => cap.pass(Buffer.from(chunk)));
  return Buffer.concat([...passed, ...cap.close()]).toString();
}
