import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEvent, type Event } from "../../../src/core/event.ts";
import { SseReader } from "../../../src/core/sse.ts";
import { createWorld, type World } from "./cord.ts";
import { cpuMs, peakOf } from "./process.ts";

/** One `cord run` that goes on: what its engine and its daemon use is looked at while it lives. */
export interface Run {
  pid: number;
  /** of the engine alone; 0 before the first look */
  cpuMs(): number;
  peak(): number;
  /** of the daemon that serves it */
  daemonCpuMs(): number;
  /** Resolves to its exit code. */
  ended: Promise<number>;
  kill(): void;
}

const lookEveryMs = 20;

export function startRun(binary: string, world: World, args: readonly string[]): Run {
  const child = Bun.spawn([binary, "run", ...args], {
    env: world.env,
    cwd: world.folder,
    stdio: ["ignore", Bun.file(join(world.folder, "result.txt")), Bun.file(join(world.folder, "run.log"))],
  });
  const seen = { cpu: 0, peak: 0, daemon: 0 };
  let daemon: number | undefined;
  const look = setInterval(() => {
    seen.cpu = Math.max(seen.cpu, cpuMs(child.pid));
    seen.peak = Math.max(seen.peak, peakOf(child.pid));
    daemon ??= daemonOf(world);
    if (daemon !== undefined) seen.daemon = Math.max(seen.daemon, cpuMs(daemon));
  }, lookEveryMs);
  return {
    pid: child.pid,
    cpuMs: () => seen.cpu,
    peak: () => seen.peak,
    daemonCpuMs: () => seen.daemon,
    ended: child.exited.finally(() => clearInterval(look)),
    kill: () => child.kill("SIGKILL"),
  };
}

export function daemonOf(world: World): number | undefined {
  return world.processes().find(({ argv }) => argv[1] === "serve")?.pid;
}

/**
 * A plan that the rehearsal breaks down into so many nodes: `wide` steps of some parts each, side by side. `mark`: what stands
 * in braces at the first part of each step.
 */
export function widePlan(world: World, wide: number, parts: number, mark?: string): string {
  const marked = (part: number) => (mark === undefined || part > 0 ? "" : ` {${mark}}`);
  const steps = Array.from({ length: wide }, (_, step) =>
    [
      `- Step ${step}`,
      ...Array.from({ length: parts }, (_, part) => `  - Part ${part} of step ${step}${marked(part)}`),
    ].join("\n"),
  );
  return planFile(world, `# A wide plan\n\n${steps.join("\n")}\n`);
}

/** A plan of steps of which each needs the one before. */
export function chainPlan(world: World, steps: number): string {
  return planFile(
    world,
    `# A chain\n\n${Array.from({ length: steps }, (_, step) => `${step + 1}. Step ${step}`).join("\n")}\n`,
  );
}

function planFile(world: World, text: string): string {
  const path = join(world.folder, "plan.md");
  writeFileSync(path, text);
  return path;
}

/** A world in which `claude` is this shell script. */
export function worldWithClaude(script: string): World {
  const world = createWorld();
  const bin = join(world.folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "claude"), 0o755);
  return { ...world, env: { ...world.env, PATH: `${bin}:${world.env["PATH"] ?? ""}` } };
}

/** All events of the daemon so far. */
export async function eventsOf(world: World, until: (event: Event) => boolean): Promise<Event[]> {
  const quit = new AbortController();
  const response = await fetch(`${world.url}events?since=0`, {
    headers: { authorization: `Bearer ${world.token()}` },
    signal: quit.signal,
  });
  const events: Event[] = [];
  const reader = new SseReader();
  for await (const piece of response.body ?? []) {
    events.push(...reader.push(piece).flatMap(({ data }) => readEvent(data) ?? []));
    if (events.some(until)) break;
  }
  quit.abort();
  return events;
}
