import { shortRun } from "../../core/node-refusal.ts";
import type { Run } from "../../core/run.ts";
import { plain } from "../../core/text.ts";
import { changeLines, Notices, stamp } from "../../tui/run/changes.ts";
import type { RunModel } from "../../tui/run/model.ts";
import type { NodeView } from "../../tui/run/node-view.ts";
import { Reasons } from "../../tui/run/reasons.ts";
import { tell } from "../output.ts";
import { wallClock } from "../../system/wall-clock.ts";
import type { Display } from "./display.ts";
import { firstLines } from "./first-lines.ts";
import { interrupter, onSignals } from "./interrupts.ts";

/** A line for each change, where nothing can be redrawn. */
export function changeLog(model: RunModel, run: Run, onInterrupt: () => void): Display {
  const log = (lines: readonly string[]) => {
    const start = stamp(model.view(wallClock()));
    say(lines.map((line) => start + line));
  };
  const notices = new Notices();
  const interrupt = interrupter(model, onInterrupt);
  const signals = onSignals(() => log([interrupt()]));
  say([`cord run ${shortRun(run.id)}  ${plain(run.goal)}`, ...firstLines(run.options)]);
  for (const node of model.nodes) if (node.proposal !== "removed") log(changeLines(undefined, node));
  return {
    changed: (change) => {
      if (change === null) return;
      const next = notices.unlessTold(change.previous, inShort(change.next, model.nodes));
      log(changeLines(change.previous, next));
    },
    notice: (text) => log([plain(text)]),
    close: async () => signals.off(),
  };
}

/** A node that was cancelled because of another says that, and not once more why that one ended. */
function inShort(node: NodeView, nodes: readonly NodeView[]): NodeView {
  return node.status === "cancelled" ? { ...node, reason: new Reasons(nodes).own(node) } : node;
}

export function say(lines: readonly string[]): void {
  if (lines.length > 0) tell(lines.join("\n"));
}
