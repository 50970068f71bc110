import { cordBinary, createWorld } from "./support/cord.ts";
import { heading, median, ms, percentile, quick, row } from "./support/rows.ts";
import { widePlan } from "./support/run.ts";

/** A person's keys in the live view of a run of 500 nodes: from the key to the frame that answers it, in a real terminal. */

const binary = await cordBinary();
const [wide, parts] = [20, 24];
const nodes = 1 + wide + wide * parts;

heading("keys in the live view of a run");
const world = createWorld();
world.env["CORD_REHEARSAL_MS"] = "8000";
world.env["TERM"] = "xterm-256color";

let seen = "";
let heard: () => void = () => {};
const pty = new Bun.Terminal({
  cols: 120,
  rows: 50,
  data: (_, bytes) => {
    seen += Buffer.from(bytes).toString();
    heard();
  },
});
const flags = ["--rehearse", "--jobs", "24", "--max-nodes", String(nodes + 10), "--max-children", "100"];
const run = Bun.spawn(["setsid", "--ctty", "--wait", binary, "run", widePlan(world, wide, parts), ...flags], {
  env: world.env,
  cwd: world.folder,
  terminal: pty,
});
await until((text) => text.includes(`/${nodes}`), 60_000);
// the agents that work then go on starting and ending meanwhile
await Bun.sleep(2000);

const taken = { moved: [] as number[], opened: [] as number[], left: [] as number[] };
await answered("\x1b[B");
for (let at = 0; at < (quick ? 50 : 300); at += 1) taken.moved.push(await answered(moveAt(at)));
for (let at = 0; at < (quick ? 10 : 50); at += 1) {
  taken.opened.push(await answered("\r", (text) => text.includes("state: ")));
  taken.left.push(await answered("\x1b", (text) => text.includes("cord run")));
  taken.moved.push(await answered("\x1b[A"));
}
for (const [name, times] of [
  [`a node is selected among ${nodes}, p50 / p99 / longest`, taken.moved],
  ["its page is opened", taken.opened],
  ["Esc leaves it", taken.left],
] as const)
  row({
    name,
    ours: `${ms(median(times))} / ${ms(percentile(times, 0.99))} / ${ms(Math.max(...times))} (${times.length})`,
    bar: "< 50 ms",
    met: Math.max(...times) < 50,
  });

pty.write("\x03");
await Promise.race([run.exited, Bun.sleep(10_000)]);
await world.end();
pty.close();

/** Down, a page at times, and back to the first node before the last is reached, where a key would change nothing. */
function moveAt(at: number): string {
  if (at % 72 === 71) return "\x1b[H";
  return at % 12 === 5 ? "\x1b[6~" : "\x1b[B";
}

/** How long it takes from a key to the frame that answers it: by default one with another node selected. */
async function answered(key: string, isAnswer: (text: string) => boolean = isSelection): Promise<number> {
  seen = "";
  const from = performance.now();
  pty.write(key);
  await until((text) => isAnswer(text) && text.endsWith("\x1b[?2026l"), 10_000);
  return performance.now() - from;
}

/** The line of the node that is selected now, and that of the one that was. */
function isSelection(text: string): boolean {
  return text.includes("\x1b[7m▶");
}

async function until(holds: (text: string) => boolean, withinMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Error(`it never came: ${JSON.stringify(seen.slice(-2000))}`)),
    withinMs,
  );
  heard = () => holds(seen) && resolve();
  heard();
  await promise.finally(() => {
    clearTimeout(timer);
    heard = () => {};
  });
}
