import { createClient } from "../../client/client.ts";
import { clientTitles, type ClientKind } from "../../core/tab.ts";
import type { Agent } from "../../core/task.ts";
import { isOpenTab, isUsedUp } from "../../tui/tabs.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none } = findingsOf("tabs");

/** Of each tab that is open, in any project, whether it can be woken, and if not, what helps. Nothing where no daemon answers. */
export async function tabFindings({ url }: Surroundings, token: string): Promise<Finding[]> {
  try {
    const within = AbortSignal.timeout(answerWithinMs);
    const agents = await createClient({ url, token }).call("agents/list", {}, within);
    const tabs = agents.filter(isOpenTab).toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const more = tabs.length - maxShown;
    return [
      ...tabs.slice(0, maxShown).map(tabFinding),
      ...(more > 0 ? [none("more", `${more} further tabs: cord agents --all shows how each is woken`)] : []),
    ];
  } catch {
    // That it does not answer is said where the daemon is looked at.
    return [];
  }
}

const answerWithinMs = 1500;
const maxShown = 40;

/** Nothing that keeps a tab from being woken is a failure: it is told at its next activity. */
export function tabFinding(agent: Agent): Finding {
  const { id, wake = "none", is_muted = false } = agent;
  if (is_muted)
    return none(
      id,
      'can be woken: no, its project\'s .cord/config.toml has wake = "off"',
      'Take wake = "off" out of [tabs] there.',
    );
  if (wake === "none") return sleeper(agent);
  const used = isUsedUp(agent)
    ? "; as often as an hour allows it has been, and until then it is told at its next activity"
    : "";
  return ok(id, `can be woken: yes, by its ${wake}${used}`);
}

/** Why a tab of a client is not woken, and what helps, if anything does. */
function sleeper({ id, client = "other", client_version: version }: Agent): Finding {
  const { why, fix } = (reasons[client] ?? unreachable)(client, version);
  return none(id, `can be woken: no, ${why}; it is told at its next activity`, fix);
}

interface Reason {
  why: string;
  fix?: string;
}

const reasons: {
  readonly [Kind in ClientKind]?: (client: ClientKind, version: string | undefined) => Reason;
} = {
  claude: (_, version) =>
    version !== undefined && isBefore(version, firstWithInbox)
      ? {
          why: `Claude Code ${version} has no inbox`,
          fix: `Update it to ${firstWithInbox} or later: claude update`,
        }
      : {
          why: "its inbox takes nothing",
          fix: "Start it anew, if its settings (crossSessionInbound) do not refuse messages.",
        },
  codex: () => ({
    why: "its thread is not known yet",
    fix: "Let it call a tool of cord once, or trust cord's hooks when Codex asks: cord init writes them.",
  }),
  opencode: () => ({
    why: "cord's plugin is not loaded",
    fix: "cord init --hooks opencode writes it; its price: opencode then installs an npm package.",
  }),
};

/** Seen in its environment from this version on. */
const firstWithInbox = "2.1.252";

/** What is no version is before none. */
function isBefore(version: string, other: string): boolean {
  return /^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version) && Bun.semver.order(version, other) < 0;
}

function unreachable(client: ClientKind): Reason {
  return {
    why: client === "other" ? "cord knows no way to" : `nothing wakes an idle ${clientTitles[client]}`,
  };
}
