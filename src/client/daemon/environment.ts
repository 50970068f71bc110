import { resolve } from "node:path";
import { variableNamed, type Environment } from "../../core/environment.ts";

/** The daemon's directory is another than that of whoever starts it. */
const paths = ["CORD_DB", "CORD_VAULT"] as const;

/** By POSIX and glibc. Others put what they like behind LC_, since sshd lets these names through. */
const languages: ReadonlySet<string> = new Set(
  [
    ["ALL", "COLLATE", "CTYPE", "MESSAGES", "MONETARY", "NUMERIC", "TIME"],
    ["ADDRESS", "IDENTIFICATION", "MEASUREMENT", "NAME", "PAPER", "TELEPHONE"],
  ]
    .flat()
    .map((category) => `LC_${category}`),
);

/**
 * The environment of a daemon that is started on demand. An agent's shell or an editor may start it, and it outlives
 * them and serves everybody: it gets no keys, proxies, preloaded libraries or marks of an attempt (a mark would get
 * it ended as that agent's leftover).
 */
export function daemonEnvironment(env: Environment, platform = process.platform): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (
      value !== undefined &&
      (variableNamed(name, platform === "win32")?.keptByDaemon === true || languages.has(name))
    )
      own[name] = value;
  for (const name of paths) if (own[name]) own[name] = resolve(own[name]);
  return own;
}
