import { hostname } from "node:os";
import { enginePrefix, isEngine } from "../core/words.ts";
import { bootId } from "../system/boot.ts";
import { firstPidNamespace, pidNamespace } from "../system/pid-namespace.ts";
import { processIdentity } from "../system/process-identity.ts";

/**
 * Who holds a node's claim: an engine, named by host and process, so that another engine can tell whether it lives.
 * The form is `engine:` and host, pid, start, boot and PID namespace, no longer than an agent's id may be.
 */
export function engineName(): string {
  return `${enginePrefix}${host()}:${process.pid}:${startOf(process.pid)}:${boot()}:${pidNamespace()}`;
}

/**
 * Whether an engine has certainly died. One in another PID namespace (another container) may be alive whatever its
 * pid looks like from here: its nodes become free when its leases end. Of an earlier boot, only engines outside
 * containers are known to be gone, because a container may belong to another machine with the same host name. The
 * previous version named no namespace, and the whole id of its boot.
 */
export function isDeadEngine(name: string): boolean {
  const [ofHost, pid, start, ofBoot, namespace] = name.slice(enginePrefix.length).split(":");
  if (!isEngine(name) || ofHost !== host()) return false;
  if (namespace === undefined) return ofBoot !== bootId() || startOf(Number(pid)) !== start;
  if (namespace !== pidNamespace()) return false;
  if (ofBoot !== boot()) return namespace === firstPidNamespace;
  return startOf(Number(pid)) !== start;
}

/**
 * The mark by which the processes of an attempt show whose they are. Shorter than the name, because it is in the
 * environment of each.
 */
export function engineMarker(): string {
  ownMarker ??= `${process.pid}:${startOf(process.pid)}:${pidNamespace()}`;
  return ownMarker;
}

let ownMarker: string | undefined;

/** Whether the engine of a marker may live: what is of another PID namespace is not this one's to judge. */
export function mayLive(marker: string): boolean {
  const [pid, start, namespace] = marker.split(":");
  return namespace !== pidNamespace() || startOf(Number(pid)) === start;
}

/** The host name is cut, because some systems allow longer ones; so is the boot's id, whose beginning is enough. */
const host = () => hostname().slice(0, 60);
const boot = () => bootId().slice(0, 8);

/** Null: no such process lives. */
function startOf(pid: number): string | null {
  const identity = processIdentity(pid);
  return identity && encodeURIComponent(identity.startTime);
}
