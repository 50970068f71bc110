import type { Client } from "../../client/client.ts";
import { counted } from "../../core/wording.ts";
import { nodeName } from "../../core/words.ts";
import type { Deed } from "../../tui/run/keys-state.ts";
import { NodeWatch } from "./node-watch.ts";
import type { SteerActions } from "./steering.ts";

/** What a person may do to a run from its live view. */
export function actionsOn(client: Client, runId: string): SteerActions {
  return {
    onAnswer: async (number, answer, other) => {
      await client.call("nodes/answer", { run_id: runId, node_id: nodeName(number), answer, other });
    },
    act: deeds(client, runId),
    watch: (page, onChange) => new NodeWatch(client, runId, page, onChange),
  };
}

function deeds(client: Client, runId: string): (deed: Deed) => Promise<string> {
  return async (deed) => {
    if (deed.kind === "goOn") {
      const { was_held } = await client.call("runs/go-on", { run_id: runId });
      return was_held ? "It tries again now." : "Nothing holds the run up.";
    }
    const target = { run_id: runId, node_id: nodeName(deed.number) };
    switch (deed.kind) {
      case "stop":
        await client.call("nodes/stop", target);
        return `${target.node_id} was stopped.`;
      case "pause":
        return `${target.node_id} is paused${andBelow(await client.call("nodes/pause", target))}.`;
      case "resume":
        return `${target.node_id} goes on${andBelow(await client.call("nodes/resume", target))}.`;
      case "edit":
        return (await import("./node-editor.ts")).editNode(client, runId, deed.number);
      case "tell":
        await client.call("nodes/tell", { ...target, text: deed.text });
        return `${target.node_id} was told.`;
      case "modify":
        await client.call("nodes/modify", { ...target, goal: deed.text });
        return `${target.node_id} has its new goal.`;
    }
  };
}

function andBelow({ below }: { below: number }): string {
  return below === 0 ? "" : `, and ${counted(below, "node")} below it`;
}
