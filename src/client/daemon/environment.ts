import { resolve } from "node:path";
import { variableNamed, type Environment } from "../../core/environment.ts";

/** The daemon's directory is another than that of whoever starts it. */
const paths = ["CORD_DB", "CORD_VAULT"] as const;

/**
 * The environment of a daemon that is started on demand. Who starts it may be an agent's shell or an editor, and the
 * daemon outlives it and serves everybody: no key, no proxy, no preloaded library, no mark of an attempt (with which
 * it would be ended as a leftover of that agent) goes along.
 */
export function daemonEnvironment(env: Environment): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && (variableNamed(name)?.keptByDaemon === true || name.startsWith("LC_")))
      own[name] = value;
  for (const name of paths) if (own[name]) own[name] = resolve(own[name]);
  return own;
}
