import type { Environment } from "../../core/environment.ts";

/** What doctor found out about one thing. */
export interface Finding {
  readonly group: Group;
  readonly name: string;
  /** none: not there, and not needed, or only worth knowing */
  readonly status: "ok" | "failed" | "none";
  readonly detail: string;
  /** What a person can do about it. */
  readonly fix?: string;
  /** How large what it is about is, by its parts, in bytes. */
  readonly bytes?: Sizes;
}

type Sizes = Readonly<Record<string, number>>;

export const groups = [
  "installed",
  "reachable",
  "authenticated",
  "configured",
  "hooks",
  "tabs",
  "kept",
] as const;
type Group = (typeof groups)[number];

/** What doctor looks at, beside files and the daemon. */
export interface Surroundings {
  readonly env: Environment;
  readonly home: string;
  /** the project's folder */
  readonly project: string;
  /** the daemon's address */
  readonly url: string;
}

/** The makers of one group's findings. */
export function findingsOf(group: Group) {
  return {
    ok: (name: string, detail: string): Finding => ({ group, name, status: "ok", detail }),
    none: (name: string, detail: string, fix?: string): Finding => ({
      group,
      name,
      status: "none",
      detail,
      ...(fix === undefined ? {} : { fix }),
    }),
    failed: (name: string, detail: string, fix: string): Finding => ({
      group,
      name,
      status: "failed",
      detail,
      fix,
    }),
  };
}

/** An address without the name and password that may be in it. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
