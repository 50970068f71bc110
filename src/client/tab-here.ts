import { limits, tabBounds } from "../core/limits.ts";
import { ancestorsOf } from "../system/ancestors.ts";
import { environment } from "../system/environment.ts";

/**
 * By what a daemon finds the tab of this process: the client has started it, or one of those that did. One process may have several
 * conversations, as Codex' app server has, which says to each command whose it is.
 */
export function tabHere(): { pids: number[]; conversation?: string } {
  const pids = ancestorsOf(process.pid, process.ppid, tabBounds.pids);
  const thread = environment.CODEX_THREAD_ID;
  return { pids, ...(thread && thread.length <= limits.agentLength ? { conversation: thread } : {}) };
}
