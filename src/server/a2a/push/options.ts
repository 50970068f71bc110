import type { PushPrefix } from "../../../core/push-target.ts";
import type { Store } from "../../../store/store.ts";
import type { DaemonClock } from "../../clock.ts";

/** What push notifications need of their daemon. */
export interface PushOptions {
  store: Store;
  clock: DaemonClock;
  /** the daemon's, with which secrets are sealed */
  token: string;
  /** none: nothing is delivered */
  prefixes: readonly PushPrefix[];
  complain(sentence: string): void;
}
