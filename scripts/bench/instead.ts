import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, cordBinary, createWorld, startDaemon } from "./support/cord.ts";
import { heading, median, ms, quick, row } from "./support/rows.ts";

/**
 * The board beside what people use who have none: a list in a file that everybody edits, and a shell that looks again every
 * second. What the README says of it is from here.
 */

const [shells, taskCount, rounds] = [4, quick ? 20 : 60, quick ? 5 : 20];
const binary = await cordBinary();
const world = createWorld();
const daemon = await startDaemon(binary, world);
const todo = join(world.folder, "TODO.md");
const acks = join(world.folder, "acks");

heading(`${shells} shells share ${taskCount} tasks, all begun at once`);
await byCord();
await byFile();
row({
  name: "tasks that two of them did",
  ours: String(repeatedIn("cord")),
  reference: `a list in TODO.md: ${repeatedIn("file")}`,
});
row({
  name: "tasks that nobody did",
  ours: String(missingIn("cord")),
  reference: `a list in TODO.md: ${missingIn("file")}`,
});

heading(`a shell waits for another's word: from that to its next command, of ${rounds}`);
const [woken, polled] = [await times(waitByCord, sayByCord), await times(waitByFile, sayByFile)];
row({
  name: "median / longest",
  ours: both(woken),
  reference: `looks every second: ${both(polled)}`,
});
await daemon.stop();

/** Takes the first that is open until none is; what it did stands in a file of its own, so that no two writes meet there. */
async function byCord(): Promise<void> {
  for (let at = 0; at < taskCount; at += 1)
    await call(world, "tasks/send", { name: `task-${at}`, kind: "demo" });
  await all(
    (
      me,
    ) => `while open=$(cord tasks --kind demo --ready --limit 8 --all --json 2>listed.${me} | grep -o '"name": *"task-[0-9]*"\\|"id": *"[^"]*"' | cut -d'"' -f4) && [ -n "$open" ]; do
  set -- $open
  while [ $# -gt 1 ]; do
    if cord claim "$1" --as ${me} --json >claimed.${me} 2>refused.${me}; then
      echo "$2" >>cord.${me}
      cord complete "$1" --as ${me} >completed.${me}
      break
    fi
    shift 2
  done
done`,
  );
}

async function byFile(): Promise<void> {
  writeFileSync(todo, Array.from({ length: taskCount }, (_, at) => `- [ ] task-${at}\n`).join(""));
  await all(
    (me) => `while task=$(grep -m1 '^- \\[ \\] ' TODO.md | cut -d' ' -f4) && [ -n "$task" ]; do
  sed "s/^- \\[ \\] $task\\$/- [x] $task ${me}/" TODO.md >mine.${me} && mv mine.${me} TODO.md
  echo "$task" >>file.${me}
done`,
  );
}

async function all(script: (me: string) => string): Promise<void> {
  const names = Array.from({ length: shells }, (_, at) => `shell-${at}`);
  for (const kind of ["cord", "file"])
    for (const name of names) appendFileSync(join(world.folder, `${kind}.${name}`), "");
  const started = names.map((name) =>
    Bun.spawn(["sh", "-c", `cord() { "${binary}" "$@"; }\n${script(name)}`], {
      cwd: world.folder,
      env: world.env,
      stdio: ["ignore", "ignore", "inherit"],
    }),
  );
  for (const shell of started) await shell.exited;
}

function doneIn(kind: "cord" | "file"): string[] {
  return Array.from({ length: shells }, (_, at) =>
    readFileSync(join(world.folder, `${kind}.shell-${at}`), "utf8"),
  )
    .join("")
    .split("\n")
    .filter((line) => line !== "");
}

function repeatedIn(kind: "cord" | "file"): number {
  const done = doneIn(kind);
  return [...new Set(done)].filter((name) => done.indexOf(name) !== done.lastIndexOf(name)).length;
}

function missingIn(kind: "cord" | "file"): number {
  return taskCount - new Set(doneIn(kind)).size;
}

function waitByCord(round: number): string[] {
  return [
    binary,
    "wait",
    "--kind",
    "ack",
    "--name-contains",
    `stable-${round}.`,
    "--timeout",
    "60",
    "--as",
    "waiter",
  ];
}

async function sayByCord(round: number): Promise<void> {
  await call(world, "tasks/send", { name: `stable-${round}.`, kind: "ack" });
}

function waitByFile(round: number): string[] {
  return ["sh", "-c", `until grep -q "stable-${round}\\." acks; do sleep 1; done`];
}

async function sayByFile(round: number): Promise<void> {
  appendFileSync(acks, `stable-${round}.\n`);
}

/** How long after each word the waiter had ended. It is said at a moment that has nothing to do with the second. */
async function times(
  waitFor: (round: number) => string[],
  say: (round: number) => Promise<void>,
): Promise<number[]> {
  appendFileSync(acks, "");
  const found: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const waiter = Bun.spawn(waitFor(round), {
      cwd: world.folder,
      env: world.env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    await Bun.sleep(400 + ((round * 370) % 1000));
    const from = performance.now();
    await say(round);
    await waiter.exited;
    found.push(performance.now() - from);
  }
  return found;
}

function both(values: readonly number[]): string {
  return `${ms(median(values))} / ${ms(Math.max(...values))}`;
}
