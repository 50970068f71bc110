import { headroomText, isShort, type UsageWindow } from "../../core/account.ts";
import type { Event } from "../../core/event.ts";
import { RunModel, type LocalProgress, type Drawn } from "../../tui/run/model.ts";
import { canRedraw } from "../output.ts";
import { wallClock } from "../../system/wall-clock.ts";
import { changeLog } from "./change-log.ts";
import type { RunActions } from "./display.ts";
import { LiveTree } from "./live-tree.ts";

/** What a person sees of a run while it goes on, and what they may do. */
export interface Show {
  event(event: Event): void;
  /** What an engine of this process knows of a node sooner than the daemon tells it. */
  progress(number: number, progress: LocalProgress): void;
  /** With what holds up all work now, where that may have changed. */
  notice(text: string, trouble?: string | null): void;
  /** What is left of the account that the agents use. */
  windows(windows: readonly UsageWindow[]): void;
  readonly notices: readonly string[];
  /** Gives the terminal back. */
  close(): Promise<void>;
}

/** The live tree on a terminal, one line a change elsewhere. On stderr: stdout is for the result. */
export function showRun(started: Drawn, actions: RunActions): Show {
  const model = new RunModel(started, wallClock());
  model.workedOn();
  const isLive = canRedraw(process.stderr);
  const show = isLive
    ? new LiveTree(model, started.run, actions)
    : changeLog(model, started.run, actions.onInterrupt);
  const short = new Set<string>();
  const tellOnce = (window: UsageWindow) => {
    const text = isShort(window) && window.status !== "rejected" ? headroomText(window, wallClock()) : null;
    if (text === null || short.has(window.name)) return;
    short.add(window.name);
    show.notice(text);
  };
  return {
    event: (event) => show.changed(model.apply(event)),
    progress: (number, progress) => show.changed(model.progress(number, progress, wallClock())),
    notice: (text, trouble) => {
      model.notice(text);
      if (trouble !== undefined) model.troubled(trouble);
      show.notice(text);
    },
    windows: (windows) => {
      model.windows(windows);
      show.changed(null);
      for (const window of isLive ? [] : windows) tellOnce(window);
    },
    get notices() {
      return model.notices;
    },
    close: () => show.close(),
  };
}
