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

/**
 * A terminal that is gone hangs up more than once: on the foreground job, and again when the session's leader has died of it. On Windows
 * nobody sends a SIGTERM: that ends a process at once. A window that is closed is a SIGHUP there, after which the system ends this
 * process within 5 to 10 s, whatever it does; what it has started ends with it. Ctrl-Break is a SIGBREAK there, which
 * nobody sends elsewhere. Source: libuv's uv_signal_t; SetConsoleCtrlHandler.
 */
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
    ["SIGBREAK", () => stop("SIGTERM")],
  ] as const;
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    off: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
