import { CordError, messageOf } from "../../../core/error.ts";
import { pushBounds } from "../../../core/limits.ts";
import { pushIsOff, pushTarget, type PushPrefix } from "../../../core/push-target.ts";
import type { PushControl } from "../../../operations/context.ts";
import { findPushConfig, watchedPush, type PushKey } from "../../../store/tables/push-configs.ts";
import type { Store } from "../../../store/store.ts";
import type { Deliveries } from "./deliveries.ts";
import type { PushOptions } from "./options.ts";

/** The push notifications of a daemon. What delivers them is loaded with the first configuration. */
export interface Push {
  control: PushControl;
  /** Takes up what an earlier daemon has left to be delivered. */
  start(): void;
  /** whether something is to be delivered, or tried again */
  isPending(): boolean;
  stop(): void;
}

export function pushFor(options: PushOptions): Push {
  const { store, token, prefixes, complain } = options;
  const isAllowed = prefixes.length > 0;
  let deliveries: Deliveries | null = null;
  let loading: Promise<Deliveries> | null = null;
  let isStopped = false;
  const loaded = async (): Promise<Deliveries> => {
    const { deliveriesFor } = await import("./delivering.ts");
    deliveries = deliveriesFor(options);
    if (isStopped) deliveries.stop();
    return deliveries;
  };
  const takeUp = async (key: PushKey | null) => {
    const rows = await store.read(async (tx) =>
      key === null ? watchedPush(tx) : [await findPushConfig(tx, key)],
    );
    const live = rows.filter((row) => row !== null);
    if (live.length === 0) return;
    const all = await (loading ??= loaded());
    for (const row of live) all.watch(row);
    // those that are forgotten meanwhile are still known there
    if (all.size > pushBounds.perDaemon) all.keep(await store.read(watchedPush));
  };
  const failed = (error: unknown) => complain(`push: ${messageOf(error)}`);
  store.onCommit((events) => {
    if (deliveries === null) return;
    for (const { task_id } of events) if (task_id !== null) deliveries.wake(task_id);
  });
  return {
    control: {
      isAllowed,
      target: (url) => allowed(url, prefixes),
      sealer: async () => (await import("./seal.ts")).sealerOf(token),
      changed(key) {
        deliveries?.drop(key);
        if (isAllowed) void takeUp(key).catch(failed);
      },
    },
    start: () => void (isAllowed ? takeUp(null) : tellUnwanted(store, complain)).catch(failed),
    isPending: () => deliveries?.isPending ?? loading !== null,
    stop() {
      isStopped = true;
      deliveries?.stop();
    },
  };
}

function allowed(url: string, prefixes: readonly PushPrefix[]): string {
  if (prefixes.length === 0) throw new CordError("not_allowed", pushIsOff);
  const target = pushTarget(url, prefixes);
  if ("refusal" in target) throw new CordError("invalid", target.refusal, { data: { parameter: "url" } });
  return target.href;
}

/** A daemon without the flag delivers nothing, and loses nothing. */
async function tellUnwanted(store: Store, complain: (sentence: string) => void): Promise<void> {
  const rows = await store.read(watchedPush);
  const live = rows.filter(({ state }) => state === "live").length;
  if (live > 0)
    complain(`${live} push configurations of tasks wait for a daemon that is started with --push-to.`);
}
