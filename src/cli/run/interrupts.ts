import { counted } from "../../core/wording.ts";
import type { RunModel } from "../../tui/run/model.ts";
import { wallClock } from "../../system/wall-clock.ts";

/** What is said at once when Ctrl-C was heard: what it does, and what a second one will do. Stops the run. */
export function interrupter(model: RunModel, onInterrupt: () => void): () => string {
  let isStopping = false;
  return () => {
    const { agents } = model.view(wallClock());
    const those = agents === 0 ? "" : ` ${counted(agents, "agent")}`;
    const said = isStopping ? `killing${those}` : `stopping${those}; again to kill`;
    isStopping = true;
    onInterrupt();
    return said;
  };
}

/** A terminal that is gone hangs up more than once: on the foreground job, and again when the session's leader has died of it. */
export function onSignals(stop: (name: EndSignal) => void): { off(): void } {
  let isHungUp = false;
  const hangUp = () => {
    if (!isHungUp) stop("SIGHUP");
    isHungUp = true;
  };
  const listeners = [
    ["SIGINT", () => stop("SIGINT")],
    ["SIGTERM", () => stop("SIGTERM")],
    ["SIGHUP", hangUp],
  ] as const;
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    off: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
