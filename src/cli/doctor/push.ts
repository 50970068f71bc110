import { createClient, type Output } from "../../client/client.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { findingsOf, type Finding } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/**
 * Whether push notifications reach those who asked for them. Nothing is said where nobody has asked, and where the daemon
 * does not tell: an older one, or one that is asked with a node's token.
 */
export async function pushFindings(url: string, token: string): Promise<Finding[]> {
  try {
    const asked = createClient({ url, token }).call("push/status", {}, AbortSignal.timeout(answerWithinMs));
    return findingsIn(await asked);
  } catch {
    return [];
  }
}

const answerWithinMs = 1500;

type Status = Output<"push/status">;

function findingsIn({ push_to, configurations, failing }: Status): Finding[] {
  const all = counted(configurations, "configuration", "configurations");
  const to = push_to.join(", ");
  const standing =
    push_to.length > 0
      ? [ok("push", `to ${to}; ${all}`)]
      : configurations > 0
        ? [none("push", `${all} of tasks, and no URL is allowed`, "cord serve --push-to URL-PREFIX")]
        : [];
  return [...standing, ...failing.map(findingOf)];
}

function findingOf({ task_id, to, reason, tries, given_up }: Status["failing"][number]): Finding {
  const what = `what happens to task ${task_id} does not reach ${to}: ${plain(reason)}, at ${counted(tries, "try", "tries")}`;
  return given_up
    ? failed(
        "push",
        `${what}; it is given up`,
        "Let the receiver answer with 2xx, and have its client configure it again.",
      )
    : none("push", `${what}; it is tried again`);
}
