import { createClient, type Output } from "../../client/client.ts";
import { restartAt } from "../../client/daemon/fixes.ts";
import { messageOf } from "../../core/error.ts";
import { prefixesIn, pushPrefixes } from "../../core/push-target.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/**
 * Whether push notifications reach those who asked for them. Nothing is said where nobody has asked, and where the daemon
 * does not tell: an older one, or one that is asked with a node's token.
 */
export async function pushFindings({ url, env }: Surroundings, token: string): Promise<Finding[]> {
  try {
    const within = AbortSignal.timeout(answerWithinMs);
    const status = await createClient({ url, token }).call("push/status", {}, within);
    return [
      ...standing(status),
      ...otherTargets(url, status, env.CORD_PUSH_TO),
      ...status.failing.map(failing),
    ];
  } catch {
    return [];
  }
}

const answerWithinMs = 1500;

type Status = Output<"push/status">;

function standing({ push_to, configurations }: Status): Finding[] {
  const all = counted(configurations, "configuration", "configurations");
  if (push_to.length > 0) return [ok("push", `to ${push_to.join(", ")}; ${all}`)];
  if (configurations === 0) return [];
  return [none("push", `${all} of tasks, and no URL is allowed`, "cord serve --push-to URL-PREFIX")];
}

/** The variable is read when a daemon starts; one that runs already keeps what it has. */
function otherTargets(url: string, { push_to }: Status, set: string | undefined): Finding[] {
  if (!set) return [];
  try {
    const wanted = pushPrefixes(prefixesIn(set)).map(({ text }) => text);
    if (wanted.every((prefix) => push_to.includes(prefix))) return [];
    const now = push_to.length === 0 ? "none" : push_to.join(", ");
    return [
      failed(
        "CORD_PUSH_TO",
        `names ${wanted.join(", ")}, but the daemon that runs allows ${now}`,
        restartAt(url),
      ),
    ];
  } catch (error) {
    return [
      failed("CORD_PUSH_TO", messageOf(error), "Name a prefix such as https://hooks.example.com/cord/"),
    ];
  }
}

function failing({ task_id, to, reason, tries, given_up }: Status["failing"][number]): Finding {
  const what = `what happens to task ${task_id} does not reach ${to}: ${plain(reason)}, at ${counted(tries, "try", "tries")}`;
  return given_up
    ? failed(
        "push",
        `${what}; it is given up`,
        "Let the receiver answer with 2xx, and have its client configure it again.",
      )
    : none("push", `${what}; it is tried again`);
}
