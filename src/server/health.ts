import { version, wire } from "../core/version.ts";
import type { Hosts } from "./http/guard.ts";
import type { Challenge, Prover } from "./proof.ts";

/** What a daemon says of itself to whoever asks. */
export interface HealthSubject {
  auth: { prover: Prover };
  /** known only once the port is */
  hosts: () => Hosts;
  database: string;
  /** the folder of the notes; null for none */
  vault: string | null;
  /** why the daemon can do nothing any more; null as long as it can */
  problem: () => string | null;
}

/** The answer of /healthz. Throws `invalid` for a malformed challenge. */
export function healthOf({ auth, hosts, database, vault, problem }: HealthSubject, challenge: Challenge) {
  const address = `http://${[...hosts().names][0] ?? ""}/`;
  const facts = { version, wire, database, address, pid: process.pid, vault };
  return { name: "cord", ...condition(problem()), ...facts, ...auth.prover.answer(challenge) };
}

function condition(problem: string | null): { ok: boolean; problem?: string } {
  return problem === null ? { ok: true } : { ok: false, problem };
}
