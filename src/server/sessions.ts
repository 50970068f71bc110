import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { findOperation } from "../operations/list.ts";
import type { World } from "../operations/operation.ts";
import { reminded, type Tab } from "./tab.ts";

/** One MCP session of a tab. */
export interface Session extends Tab {
  id: string;
  /** the last request of any kind, and the last call of a tool, in milliseconds of the daemon's clock */
  heardAt: number;
  calledAt: number;
  /** streams that the client holds open: as long as there is one it lives */
  streams: number;
  /** calls under way, by their JSON-RPC id */
  calls: Map<string | number, AbortController>;
}

export interface Sessions {
  open(): Session;
  /** The session of this id; one that was dropped, or is from before a restart, begins anew with what its client remembers. Null: it never was, or was closed. */
  find(id: string, reminder: string | null): Session | null;
  close(session: Session): void;
  /** Sees to it that the leases of what the session holds are renewed. */
  tend(session: Session): void;
  size(): number;
}

export interface SessionRules {
  /** a client that holds no stream open counts as living for so long after each request */
  graceMs: number;
  /** leases are renewed for so long after the last call of a tool */
  renewedMs: number;
  /** a session whose client is gone is dropped after so long */
  keptMs: number;
  /** Runs something later, unless the returned function is called first. */
  schedule(run: () => void, delayMs: number): () => void;
}

const usual: SessionRules = {
  graceMs: 120_000,
  renewedMs: 3_600_000,
  keptMs: 3_600_000,
  schedule(run, delayMs) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** As many sessions as are kept of clients that are gone. Dropping one is harmless: it can begin anew. */
const keptSessions = 1000;

/**
 * The sessions of tabs. An id is sealed, so that one from before a restart is known to be the daemon's own.
 * A crash loses them all; each begins anew at its client's next request.
 */
export function createSessions(world: World, seal: string, rules: SessionRules = usual): Sessions {
  /** the longest unheard first */
  const sessions = new Map<string, Session>();
  const closed = new Set<string>();
  const renewals = new Map<string, () => void>();

  function begin(id: string): Session {
    const now = world.clock();
    const about = { project: null, agent: null, holds: new Map(), streams: 0, calls: new Map() };
    const session = { ...about, id, heardAt: now, calledAt: now };
    sessions.set(id, session);
    dropUnheard(now);
    return session;
  }

  function dropUnheard(now: number): void {
    for (const session of sessions.values()) {
      if (now - session.heardAt < rules.keptMs && sessions.size <= keptSessions) return;
      if (!lives(session, now)) drop(session);
    }
  }

  function drop(session: Session): void {
    sessions.delete(session.id);
    for (const id of session.holds.keys()) stopRenewal(session, id);
    for (const call of session.calls.values()) call.abort();
  }

  function lives(session: Session, now: number): boolean {
    return session.streams > 0 || session.calls.size > 0 || now - session.heardAt < rules.graceMs;
  }

  function stopRenewal(session: Session, taskId: string): void {
    const key = renewalKey(session, taskId);
    renewals.get(key)?.();
    renewals.delete(key);
  }

  /** At half of the lease. One that is refused is not the session's any more. */
  async function renew(session: Session, taskId: string): Promise<void> {
    renewals.delete(renewalKey(session, taskId));
    const hold = session.holds.get(taskId);
    const now = world.clock();
    if (!hold || !lives(session, now) || now - session.calledAt > rules.renewedMs) return;
    const { agent, epoch, leaseSeconds } = hold;
    try {
      const caller = { kind: "tab" as const, agent };
      const input = { id: taskId, agentId: agent, epoch, leaseSeconds };
      await findOperation("tasks/extend")?.perform(world, caller, input, new AbortController().signal);
      hold.leaseUntil = now + leaseSeconds * 1000;
      arm(session, taskId);
    } catch {
      if (session.holds.get(taskId) === hold) session.holds.delete(taskId);
    }
  }

  function arm(session: Session, taskId: string): void {
    const key = renewalKey(session, taskId);
    const hold = session.holds.get(taskId);
    if (!hold || renewals.has(key) || !sessions.has(session.id)) return;
    const dueMs = Math.max(0, hold.leaseUntil - world.clock() - (hold.leaseSeconds * 1000) / 2);
    renewals.set(
      key,
      rules.schedule(() => void renew(session, taskId), dueMs),
    );
  }

  function tend(session: Session): void {
    for (const id of session.holds.keys()) arm(session, id);
  }

  return {
    open: () => begin(sealed(randomUUID(), seal)),
    find(id, reminder) {
      const known = sessions.get(id);
      if (!known && (closed.has(id) || !isSealed(id, seal))) return null;
      const session = known ?? begin(id);
      if (!known) reminded(session, reminder);
      session.heardAt = world.clock();
      sessions.delete(id);
      sessions.set(id, session);
      tend(session);
      return session;
    },
    close(session) {
      drop(session);
      closed.add(session.id);
      const [oldest] = closed;
      if (closed.size > keptSessions && oldest !== undefined) closed.delete(oldest);
    },
    tend,
    size: () => sessions.size,
  };
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
