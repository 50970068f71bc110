import type { Deed } from "../../tui/run/keys-state.ts";
import type { NodeChange } from "../../tui/run/model.ts";
import type { OnAnswer } from "./answer-line.ts";

/** How a run is shown, by what it is shown on. */
export interface Display {
  changed(change: NodeChange | null): void;
  notice(text: string): void;
  close(): void;
}

export interface RunActions {
  onInterrupt(): void;
  onAnswer: OnAnswer;
  /** Does what a key asks for, and says what was done. Rejects with why not. */
  act(deed: Deed): Promise<string>;
}
