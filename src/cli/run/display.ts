import type { NodeChange } from "../../tui/run/model.ts";
import type { SteerActions } from "./steering.ts";

/** How a run is shown, by what it is shown on. */
export interface Display {
  changed(change: NodeChange | null): void;
  notice(text: string): void;
  close(): Promise<void>;
}

export interface RunActions extends SteerActions {
  onInterrupt(): void;
}
