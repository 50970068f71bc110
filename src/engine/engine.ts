import { followEvents } from "../client/events.ts";
import { noProxyTo } from "../client/connection/proxy.ts";
import type { Event } from "../core/event.ts";
import type { WorkEnded } from "../core/run-limits.ts";
import { finalStatuses, type RunLimit } from "../core/words.ts";
import type { Attempt } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import {
  claimNodes,
  defaultGracePeriods,
  type RunContext,
  type Claimed,
  type GracePeriods,
  type Progress,
} from "./run-context.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { agentNamed } from "./agents/agents.ts";
import { Checks } from "./check.ts";
import { Claims } from "./claims.ts";
import type { EngineOptions, Ending } from "./engine-options.ts";
import { HoldUps } from "./hold-ups.ts";
import { Leases } from "./leases.ts";
import { DaemonLeft, Link } from "./link.ts";
import { troubleAt } from "./outside.ts";
import { react, type Reactions } from "./reactions.ts";
import { Reporter } from "./reporter.ts";
import { endWork, hasHandedIn, type SettleContext } from "./settle.ts";
import { defaultSilence } from "./silence.ts";
import { SoftEnd } from "./soft-end.ts";

const rootNumber = 1;
/** How long an engine that is told to stop waits for the daemon to hear of it. */
const leaveWithinMs = 5000;

/**
 * Works on a run: follows its events, claims what is ready, launches agents, and reports. It keeps nothing that the
 * daemon does not have: killing it loses no data, and its agents end with it.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #attempts: Attempts;
  readonly #reporter: Reporter;
  readonly #link: Link;
  readonly #leases: Leases;
  readonly #claims: Claims;
  readonly #over = Promise.withResolvers<Ending>();
  readonly #quit = new AbortController();
  readonly #holdUps: HoldUps;
  readonly #checks: Checks;
  readonly #softEnd: SoftEnd;
  #interrupts = 0;
  #isOver = false;
  #isWorkOver = false;
  /** nothing goes on before a person has approved a plan */
  #isHeldUp = false;
  /** of nodes without an attempt, during a claim: they may be faster than its answer */
  #early: Event[] = [];

  constructor(options: EngineOptions) {
    const { client, runId, onNotice, daemonRetries: retries } = options;
    this.#options = options;
    this.#link = new Link({
      find: () => client.connection.find(),
      url: () => client.url,
      retries,
      onNotice,
      onMoved: () => this.#attempts.all.forEach((attempt) => attempt.startAnew()),
    });
    this.#reporter = new Reporter(client, runId, this.#link.signal, {
      onSpent: (spent, isWorkOver) => this.#softEnd.spent(spent, isWorkOver),
      onTrouble: this.#complain,
    });
    this.#attempts = new Attempts(this.#graces, {
      context: () => this.#context,
      settleContext: () => this.#settleContext,
      onProgress: (attempt, progress) => this.#progress(attempt, progress),
      onVerdict: (verdict, attempt) => this.#holdUps.judged(verdict, attempt),
      onOver: () => this.#claims.soon(),
      onTrouble: this.#complain,
    });
    this.#leases = new Leases({
      client,
      runId,
      folder: options.folder,
      link: this.#link,
      attempts: this.#attempts.all,
      graceMs: this.#graces.term,
      trouble: () => this.trouble,
      isBusy: () => this.#claims.underWay !== null || this.#attempts.isClosed,
      onTrouble: this.#complain,
      onUnknown: this.#giveUp,
      // no event tells when a failed claim would succeed, or when another engine's reservation ends
      onRenewed: () => this.#claims.soon(),
    });
    this.#claims = new Claims({
      room: () => (this.#attempts.isClosed ? 0 : this.#holdUps.room(options.options.jobs - this.running)),
      // nothing is claimed while it is parked, but a plan that waits for a person does not wait for that
      looks: () => options.leavesPlans === true && this.running === 0 && !this.#attempts.isClosed,
      claim: (limit) => this.#claim(limit),
      onNode: (node) => this.#begin(node),
      onTrouble: this.#complain,
    });
    this.#softEnd = new SoftEnd(options.options, this.#graces.synthesis, {
      attempts: () => this.#attempts.all.values(),
      onNotice,
      endWork: (limit) => this.#endWork(limit),
      onTimeUp: () => void this.interrupt({ how: "timeout" }),
    });
    this.#checks = new Checks({
      settle: () => this.#settleContext,
      env: options.env,
      seconds: options.options.check_seconds,
      graceMs: this.#graces.term,
      mayGoOn: ({ brief }) => brief.phase !== "work" || !this.#isWorkOver,
      onNotice,
    });
    this.#holdUps = new HoldUps(options, {
      engine: this.#leases.engine,
      signal: this.#link.signal,
      graces: this.#graces,
      isClosed: () => this.#attempts.isClosed,
      claimSoon: () => this.#claims.soon(),
      renewSoon: () => this.#leases.renewSoon(),
      renew: () => this.#leases.renew(),
      interrupt: (ending) => void this.interrupt(ending),
      onTrouble: (error) => this.#link.trouble(error),
    });
  }

  /** What holds up all of its work; null: nothing. A notice tells of its begin and its end. */
  get trouble(): string | null {
    return this.#holdUps.sentence ?? this.#link.sentence;
  }

  /** How many agents are at work. */
  get running(): number {
    return this.#attempts.running;
  }

  /** Whether it went without waiting for the daemon to hear of it. */
  get leftDaemon(): boolean {
    return this.#link.signal.aborted;
  }

  /** Works until the run is over or it is told to stop. Rejects, with its agents ended, when the daemon is gone for good. */
  async run(): Promise<Ending> {
    const { snapshot, renewEveryMs } = this.#options;
    if (snapshot.nodes.some(({ number, status }) => number === rootNumber && finalStatuses.includes(status)))
      return { how: "ended" };
    const begun = Promise.all([this.#leases.takeOver(snapshot.nodes), this.#holdUps.account.begin()]);
    await Promise.race([begun, this.#over.promise]);
    const following = this.#follow().catch(this.#giveUp);
    this.#leases.start(renewEveryMs);
    this.#softEnd.start();
    this.#claims.soon();
    try {
      return await this.#over.promise;
    } finally {
      this.#leases.stop();
      this.#softEnd.close();
      this.#holdUps.hold.close();
      await this.#leave(following);
    }
  }

  async #leave(following: Promise<void>): Promise<void> {
    await this.#endAll();
    this.#quit.abort();
    await following;
    await this.#holdUps.account.leave();
    await this.#reporter.flush();
    await this.#leases.sayGoodbye();
  }

  /** Ends all agents and gives their nodes back; a second time at once, whether the daemon hears of it or not. */
  async interrupt(ending: Ending = { how: "interrupted" }): Promise<void> {
    this.#interrupts += 1;
    if (this.#interrupts > 1) this.#link.abandon();
    await this.#endAll();
    this.#over.resolve(ending);
  }

  /** A daemon that cannot be told is not waited for: what is still held is free when the leases end. */
  async #endAll(): Promise<void> {
    await this.#attempts.stop();
    const stop = afterAwake(leaveWithinMs, () => this.#link.abandon());
    await this.#settled();
    stop();
  }

  /** A claim in progress may still bring nodes: they too are given back before the engine goes. */
  async #settled(): Promise<void> {
    while (this.#attempts.settling !== null || this.#claims.underWay !== null)
      await Promise.all([this.#attempts.settling, this.#claims.underWay]);
  }

  readonly #complain = (error: unknown) => this.#holdUps.complain(error);

  /** The daemon is gone for good, or does not know the run any more. */
  readonly #giveUp = (error: unknown) => {
    this.#link.abandon();
    if (!(error instanceof DaemonLeft)) this.#over.reject(error);
  };

  get #graces(): GracePeriods {
    return this.#options.graces ?? defaultGracePeriods;
  }

  async #follow(): Promise<void> {
    const { client, runId, snapshot } = this.#options;
    const reactions = this.#reactions;
    const back = () => this.#link.back();
    for await (const event of followEvents(
      client,
      { run_id: runId },
      snapshot.seq,
      this.#quit.signal,
      back,
    )) {
      this.#tell(() => this.#options.onEvent(event));
      const isEarly = event.node !== null && this.#attempts.of(event) === undefined;
      if (isEarly && this.#claims.underWay !== null) this.#early.push(event);
      react(event, reactions);
    }
  }

  /** What has happened to it since it was claimed counts for its attempt. */
  #begin(node: Claimed): void {
    this.#attempts.begin(node);
    const reactions = this.#reactions;
    for (const event of this.#early) if (this.#attempts.of(event)?.node === node) react(event, reactions);
  }

  /** An error while showing one node must not stop the others. */
  #tell(show: () => void): void {
    try {
      show();
    } catch (error) {
      this.#complain(error);
    }
  }

  /** What is done when something happens to the run. */
  get #reactions(): Reactions {
    return {
      attempt: this.#attempts.of.bind(this.#attempts),
      isOwn: (by) => by === this.#leases.engine,
      claimSoon: () => this.#claims.soon(),
      stop: (attempt) => void attempt.stop(this.#graces.term),
      onUntold: (number) =>
        this.#options.onNotice(`#${number} could not be told: its agent takes no messages`),
      onEnded: () => {
        this.#isOver = true;
        void this.#finish();
      },
      onReopened: () => {
        this.#isOver = false;
      },
      onPlanDecided: () => {
        this.#isHeldUp = false;
      },
      onParked: (parked) => this.#holdUps.account.parked(parked),
      onUnparked: (unparked) => {
        this.#holdUps.account.unparked(unparked);
        if (unparked.from === undefined) this.#holdUps.outage.tryNow();
      },
    };
  }

  /** Nothing is claimed while the machine lacks what an agent needs. */
  async #claim(limit: number): Promise<readonly Claimed[]> {
    const { client, runId, options, ...needs } = this.#options;
    this.#early = [];
    const trouble = limit === 0 ? null : troubleAt({ ...needs, agent: agentNamed(options.agent) });
    if (trouble !== null) {
      this.#holdUps.hold.by(trouble);
      return [];
    }
    const claimed = await claimNodes(client, runId, this.#leases.engine, limit, this.#link.signal);
    if (claimed.proposed && this.#options.leavesPlans === true) void this.#leavePlan();
    return claimed.nodes;
  }

  get #context(): RunContext {
    const { client, runId, options, cwd, folder, env, silence } = this.#options;
    return {
      runId,
      get mcpUrl() {
        return `${client.url}mcp`;
      },
      cwd,
      folder,
      get env() {
        return { ...env, ...noProxyTo(client.url, env), CORD_URL: client.url };
      },
      permissionMode: options.permission_mode,
      isolate: options.isolate,
      graces: this.#graces,
      daemon: this.#link,
      settleHandedIn: (node) =>
        hasHandedIn(this.#settleContext, node).catch((error: unknown) => {
          this.#complain(error);
          return false;
        }),
      onTrouble: (trouble) => this.#holdUps.hold.by(trouble),
      trouble: () => this.#holdUps.hold.trouble,
      silence: { ...defaultSilence, ...silence, stall: options.stall_seconds * 1000 },
      outage: this.#holdUps.outage,
      checks: this.#checks,
      account: this.#holdUps.account,
    };
  }

  get #settleContext(): SettleContext {
    const { client, runId } = this.#options;
    const { signal } = this.#link;
    return { client, runId, signal, reporter: this.#reporter, onTrouble: this.#complain };
  }

  #progress(attempt: Attempt, progress: Progress): void {
    this.#tell(() => this.#options.onProgress(attempt.number, progress));
    this.#softEnd.progress(attempt, progress);
    this.#reporter.note(attempt, progress);
    // what is lost of a session is done again
    if (typeof progress.sessionId === "string") void this.#reporter.flush().catch(this.#complain);
  }

  /** Where a synthesis follows, only syntheses go on. */
  async #endWork(limit: RunLimit): Promise<WorkEnded | null> {
    const ended = await endWork(this.#settleContext, limit);
    this.#isWorkOver = ended === "synthesis";
    if (ended !== "synthesis") return ended;
    for (const attempt of this.#attempts.all.values())
      // a check that runs may pass, and refuses for good if not
      if (attempt.node.brief.phase === "work" && !attempt.isBeforeCheck) void attempt.stop(this.#graces.term);
    return ended;
  }

  /** The run is over; agents may say their last words, so that what they cost is known. */
  async #finish(): Promise<void> {
    this.#attempts.close();
    await this.#settled();
    if (this.#isOver) return this.#over.resolve({ how: "ended" });
    if (this.#interrupts > 0) return;
    this.#attempts.open();
    this.#claims.soon();
  }

  /** Nothing goes on before a person has approved a plan: it ends, unless that was done while the last words were heard. */
  async #leavePlan(): Promise<void> {
    if (this.#isHeldUp || this.#attempts.isClosed) return;
    this.#isHeldUp = true;
    this.#attempts.close();
    await this.#attempts.settling;
    if (this.#isHeldUp) return this.#over.resolve({ how: "proposed" });
    if (this.#interrupts > 0 || this.#isOver) return;
    this.#attempts.open();
    this.#claims.soon();
  }
}
