import { resolve } from "node:path";

/**
 * What a daemon keeps of the environment of whoever starts it on demand. That may be an agent's shell or an editor, and
 * the daemon outlives it and serves everybody: no key, no proxy, no preloaded library, no mark of an attempt (with which
 * it would be ended as a leftover of that agent) goes along. Beside these, the LC_ variables.
 */
const kept: ReadonlySet<string> = new Set([
  "CORD_DB",
  "CORD_DEBUG",
  "CORD_VAULT",
  "HOME",
  "LANG",
  "LANGUAGE",
  "LOGNAME",
  "PATH",
  "TEMP",
  "TMP",
  "TMPDIR",
  "TZ",
  "USER",
  "USERPROFILE",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
]);

/** The daemon's directory is another than that of whoever starts it. */
const paths = ["CORD_DB", "CORD_VAULT"] as const;

/** The environment of a daemon that is started on demand. */
export function daemonEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && (kept.has(name) || name.startsWith("LC_"))) own[name] = value;
  for (const name of paths) if (own[name]) own[name] = resolve(own[name]);
  return own;
}
