import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { operations } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import { Calls } from "./calls.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Hearing } from "./tab-hearing.ts";
import type { TabRequest } from "./tab-request.ts";
import { renamed } from "./tab-identity.ts";
import { newTab, reminded, type Tab } from "./tab.ts";

/** One MCP session of a tab. */
export interface Session extends Tab {
  id: string;
  /** the last request of any kind, and the last call of a tool, by the daemon's monotonic clock */
  heardAt: number;
  calledAt: number;
  /** streams that the client holds open: as long as there is one it lives */
  streams: number;
  /** what it is told of on these; they end with the session */
  subscriptions: Subscriptions;
  /** what the client says its agent talks in: another one knows nothing of what was said before */
  conversation: string | null;
  calls: Calls;
}

interface SessionRules {
  /** how long a client without an open stream counts as living after each request */
  graceMs: number;
  /** how long leases are renewed after the last call of a tool */
  renewedMs: number;
  /** how long a session is kept after its client is gone */
  keptMs: number;
  /** Runs something later, unless the returned function is called first. */
  schedule(run: () => void, delayMs: number): () => void;
}

const defaults: SessionRules = {
  graceMs: 120_000,
  renewedMs: 3_600_000,
  keptMs: 3_600_000,
  schedule(run, delayMs) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** After this time without a call an agent may have forgotten, or been cleared, without anybody saying so. */
const forgetsAfterMs = 600_000;

/** As many sessions as are kept of clients that are gone. Dropping one is harmless: it can begin anew. */
const maxSessions = 1000;

/**
 * The sessions of tabs. An id is sealed, so that one from before a restart is known to be the daemon's own.
 * A crash loses them all; each begins anew at its client's next request.
 */
export class Sessions {
  readonly #services: Services;
  readonly #seal: string;
  readonly #rules: SessionRules;
  /** the longest unheard first */
  readonly #sessions = new Map<string, Session>();
  readonly #closed = new Set<string>();
  readonly #renewals = new Map<string, () => void>();
  readonly #hearing: Hearing;

  constructor(services: Services, seal: string, rules: SessionRules = defaults) {
    this.#services = services;
    this.#seal = seal;
    this.#rules = rules;
    this.#hearing = new Hearing(services, (tab) => this.#tendTab(tab));
    services.presence.ask((agent) => this.#hasOpen(agent));
    services.tabs.onRenamed((id, names) => {
      for (const session of this.#sessions.values()) if (session.tabId === id) renamed(session, names);
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** A new session. One that its client had before ends, and this one goes on with what it held. */
  open(before: Session | null = null): Session {
    const session = this.#begin(sealed(randomUUID(), this.#seal));
    if (before === null) return session;
    const { agent, tabId, own, handles, holds, asked, sent, news } = before;
    this.close(before);
    Object.assign(session, { agent, tabId, own, handles, holds, asked, sent, news });
    this.tend(session);
    return session;
  }

  /**
   * The session of this id; one that was dropped, or is from before a restart, begins anew with what its client
   * remembers. Null: it never was, or was closed.
   */
  find(id: string, reminder: string | null): Session | null {
    const known = this.#sessions.get(id);
    if (!known && (this.#closed.has(id) || !isSealed(id, this.#seal))) return null;
    const session = known ?? this.#begin(id);
    if (!known) session.subscriptions.remember(reminded(session, reminder));
    session.heardAt = this.#services.monotonic();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (known) this.#scheduleRenewals(session);
    else this.tend(session);
    return session;
  }

  /**
   * Updates a session from a request. An agent with a new conversation, or one that was silent for long, is reminded
   * of what it holds.
   */
  attend(session: Session, { project, tab, conversation }: TabRequest): void {
    session.project = project ?? session.project;
    session.tabId = tab ?? session.tabId;
    const isOther = conversation !== null && conversation !== session.conversation;
    if (isOther || this.#services.monotonic() - session.calledAt > forgetsAfterMs) session.told.clear();
    if (isOther) session.conversation = conversation;
  }

  /** Makes a call of a tool in a session. */
  async during<Result>(session: Session, call: () => Promise<Result>): Promise<Result> {
    session.calledAt = this.#services.monotonic();
    try {
      return await call();
    } finally {
      session.heardAt = this.#services.monotonic();
      this.tend(session);
    }
  }

  close(session: Session): void {
    this.#drop(session);
    this.#closed.add(session.id);
    const [oldest] = this.#closed;
    if (this.#closed.size > maxSessions && oldest !== undefined) this.#closed.delete(oldest);
  }

  /** Sees to it that the leases of what the session holds are renewed, and that it hears what is said of that. */
  tend(session: Session): void {
    if (this.#sessions.has(session.id)) this.#hearing.tend(session);
    this.#scheduleRenewals(session);
  }

  #begin(id: string): Session {
    const now = this.#services.monotonic();
    const session = newSession(id, now);
    this.#sessions.set(id, session);
    this.#dropUnheard(now);
    return session;
  }

  #dropUnheard(now: number): void {
    for (const session of this.#sessions.values()) {
      if (now - session.heardAt < this.#rules.keptMs && this.#sessions.size <= maxSessions) return;
      if (!this.#lives(session, now)) this.#drop(session);
    }
  }

  #drop(session: Session): void {
    this.#sessions.delete(session.id);
    for (const id of session.holds.keys()) {
      const key = renewalKey(session, id);
      this.#renewals.get(key)?.();
      this.#renewals.delete(key);
    }
    this.#hearing.stop(session);
    session.calls.cancelAll();
    session.subscriptions.end();
  }

  #lives(session: Session, now: number): boolean {
    return session.streams > 0 || session.calls.size > 0 || now - session.heardAt < this.#rules.graceMs;
  }

  #tendTab(tab: Tab): void {
    for (const session of this.#sessions.values()) if (session === tab) this.tend(session);
  }

  #hasOpen(agent: string): boolean {
    const now = this.#services.monotonic();
    for (const session of this.#sessions.values())
      if (session.handles.has(agent) && this.#isHere(session, now)) return true;
    return false;
  }

  /** That a tab has gone is known at once, by its bridge's stream: what it has reserved is not kept for it as for others, of whom nobody knows. */
  #isHere(session: Session, now: number): boolean {
    const { tabId, streams, calls } = session;
    if (tabId === null) return this.#lives(session, now);
    return streams > 0 || calls.size > 0 || this.#services.tabs.find({ tab: tabId }) !== null;
  }

  #scheduleRenewals(session: Session): void {
    for (const id of session.holds.keys()) this.#scheduleRenewal(session, id);
  }

  #scheduleRenewal(session: Session, taskId: string): void {
    const key = renewalKey(session, taskId);
    const hold = session.holds.get(taskId);
    if (!hold || this.#renewals.has(key) || !this.#sessions.has(session.id)) return;
    const halfMs = (hold.leaseSeconds * 1000) / 2;
    // a client's reminder may be from another boot: no renewal is later than that of a lease that begins now
    const dueMs = Math.min(halfMs, Math.max(0, hold.leaseDue - this.#services.monotonic() - halfMs));
    this.#renewals.set(
      key,
      this.#rules.schedule(() => void this.#renew(session, taskId), dueMs),
    );
  }

  /** At half of the lease. One that is refused is not the session's any more. */
  async #renew(session: Session, taskId: string): Promise<void> {
    this.#renewals.delete(renewalKey(session, taskId));
    const hold = session.holds.get(taskId);
    const now = this.#services.monotonic();
    if (!hold || !this.#lives(session, now) || now - session.calledAt > this.#rules.renewedMs) return;
    const { agent, epoch, leaseSeconds } = hold;
    try {
      const caller = { kind: "tab" as const, agent };
      const input = { id: taskId, agentId: agent, epoch, leaseSeconds };
      await operations["tasks/extend"].perform(this.#services, caller, input, unending);
      hold.leaseDue = now + leaseSeconds * 1000;
      this.#scheduleRenewal(session, taskId);
    } catch {
      if (session.holds.get(taskId) === hold) session.holds.delete(taskId);
    }
  }
}

/** A session that nobody keeps: what it learns is gone with the request that it is made for. */
export function strayTab(project: string | null): Session {
  return { ...newSession("", 0), project, isKept: false };
}

function newSession(id: string, now: number): Session {
  const client = { streams: 0, conversation: null, calls: new Calls() };
  return { ...newTab(), ...client, subscriptions: new Subscriptions(), id, heardAt: now, calledAt: now };
}

function renewalKey(session: Session, taskId: string): string {
  return `${session.id} ${taskId}`;
}

function sealed(id: string, seal: string): string {
  return `${id}.${createHmac("sha256", seal).update(`cord-session ${id}`).digest("base64url")}`;
}

function isSealed(id: string, seal: string): boolean {
  const [given, own] = [Buffer.from(id), Buffer.from(sealed(id.split(".")[0] ?? "", seal))];
  return given.length === own.length && timingSafeEqual(given, own);
}
