import type { Client } from "../../client/client.ts";
import { nodeName } from "../../core/words.ts";
import type { Deed } from "../../tui/run/keys-state.ts";

/** Does to a run what a key asks for, and says what was done. Rejects with why it was not. */
export function actsOn(client: Client, runId: string): (deed: Deed) => Promise<string> {
  return async (deed) => {
    if (deed.kind === "goOn") return "";
    const target = { run_id: runId, node_id: nodeName(deed.number) };
    switch (deed.kind) {
      case "stop":
        await client.call("nodes/stop", target);
        return `${target.node_id} was stopped.`;
      case "pause":
        await client.call("nodes/pause", target);
        return `${target.node_id} is paused.`;
      case "resume":
        await client.call("nodes/resume", target);
        return `${target.node_id} goes on.`;
      case "tell":
        await client.call("nodes/tell", { ...target, text: deed.text });
        return `${target.node_id} was told.`;
      case "modify":
        await client.call("nodes/modify", { ...target, goal: deed.text });
        return `${target.node_id} has its new goal.`;
    }
  };
}
