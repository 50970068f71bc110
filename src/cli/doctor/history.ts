import { createClient } from "../../client/client.ts";
import { durationOf } from "../../core/duration.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/** Whether old history finds its way into the archive. Nothing is said where the daemon does not tell: an older one, or to a node. */
export async function historyFindings({ url }: Surroundings, token: string): Promise<Finding[]> {
  const within = AbortSignal.timeout(answerWithinMs);
  const about = await createClient({ url, token })
    .call("daemon/describe", {}, within)
    .catch(() => null);
  const history = about?.history;
  if (history === undefined) return [];
  const { folder, kept_seconds: seconds, trouble } = history;
  if (trouble !== null)
    return [
      failed(
        "history",
        trouble,
        "Mend it. It is tried again within the hour, or soon after: cord daemon restart",
      ),
    ];
  return seconds === null
    ? [none("history", "kept for ever, as your config.toml says")]
    : [ok("history", `kept for ${durationOf(seconds)}, then in ${folder}`)];
}

const answerWithinMs = 1500;
