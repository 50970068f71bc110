import type { World } from "../machine/run-world.ts";
import type { Running } from "../machine/command.ts";
import { isDaemon } from "../machine/processes.ts";
import type { Random } from "../random.ts";
import { until } from "../until.ts";
import type { Account } from "./account.ts";
import type { Person } from "./person.ts";

/** What was killed with SIGKILL, and in the middle of what. */
export interface Killed {
  engines: number;
  daemons: number;
  whileParked: number;
  whileChecking: number;
  whileAsking: number;
  /** the agents that were at work when their engine died */
  agents: number;
}

interface KillerOptions {
  world: World;
  account: Account;
  person: Person;
  random: Random;
  runId: string;
  log: (line: string) => void;
}

/** Kills the engine of a run, its daemon, or both, at random moments, and goes on with the run each time. */
export class Killer {
  readonly killed: Killed = {
    engines: 0,
    daemons: 0,
    whileParked: 0,
    whileChecking: 0,
    whileAsking: 0,
    agents: 0,
  };
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** Resolves to the command that works on the run after the last of them. */
  async killAll(first: Running, kills: number): Promise<Running> {
    const { world, random, runId } = this.#options;
    let engine = first;
    for (let kill = 1; kill <= kills; kill += 1) {
      await this.#moment(engine);
      const which = random.pick(["engine", "engine", "daemon", "both"] as const);
      this.#note(kill, which);
      if (which !== "engine") await this.#killDaemon();
      if (which === "daemon") continue;
      engine.signal("SIGKILL");
      await engine.ended;
      this.killed.engines += 1;
      // whoever goes on comes at once, or when all has ended
      if (random.chance(0.5))
        await until("the end of what the engine had started", () => world.processes().every(isDaemon));
      else await Bun.sleep(random.int(200));
      engine = world.start("run", "--resume", runId);
    }
    return engine;
  }

  /** Some requests later, or after a while in which too few come. */
  async #moment(engine: Running): Promise<void> {
    const { world, random } = this.#options;
    const { requests } = world.model;
    const wanted = requests.length + random.int(requestsBetween);
    const latest = performance.now() + random.int(latestMs);
    const hasCome = async () => {
      while (requests.length < wanted && performance.now() < latest) await Bun.sleep(10);
      await Bun.sleep(random.int(300));
      return true;
    };
    if (!(await Promise.race([hasCome(), engine.ended.then(() => false)])))
      throw new Error(`The run ended before all kills:\n${(await engine.ended).err}`);
  }

  #note(kill: number, which: "engine" | "daemon" | "both"): void {
    const { world, account, person, log } = this.#options;
    const attempts = [...new Set(world.agents().map(({ attempt }) => attempt))];
    const checks = attempts.filter((attempt) => attempt.endsWith("/check")).length;
    const agents = attempts.length - checks;
    if (which !== "daemon") this.killed.agents += agents;
    if (account.isClosed()) this.killed.whileParked += 1;
    if (checks > 0) this.killed.whileChecking += 1;
    if (person.asks() > 0) this.killed.whileAsking += 1;
    const state = `${account.isClosed() ? "used up, " : ""}${checks} checks, ${person.asks()} asks`;
    log(
      `kill ${kill}: ${which} of ${agents} agents, ${state}, after ${world.model.requests.length} requests`,
    );
  }

  async #killDaemon(): Promise<void> {
    this.killed.daemons += 1;
    await this.#options.world.kill(isDaemon);
  }
}

const requestsBetween = 20;
const latestMs = 20_000;
