import type { StreamResponse, Task as A2aTask } from "@a2a-js/sdk";
import { TaskState } from "@a2a-js/sdk";
import { V03PushNotificationSerializer } from "@a2a-js/sdk/compat/v0_3/server";
import { V1PushNotificationSerializer } from "@a2a-js/sdk/server";
import { finalStates } from "../../../core/words.ts";
import { wholeTask } from "../../../operations/tasks/read.ts";
import { eventsOfTask } from "../../../store/tables/events.ts";
import { getTask } from "../../../store/tables/ids.ts";
import type { PushRow } from "../../../store/tables/push-configs.ts";
import type { Store } from "../../../store/store.ts";
import { toA2aTask } from "../mapping.ts";
import { allModes } from "../parts.ts";
import { updateOf } from "../updates.ts";
import { systemResolver } from "./addresses.ts";
import { Deliveries, type Next } from "./deliveries.ts";
import type { PushOptions } from "./options.ts";
import { sealerOf } from "./seal.ts";
import { send, type SendOptions, type Written } from "./send.ts";

/** What delivers a daemon's push notifications: the updates that its streams have, from the same log and in the same order. */
export function deliveriesFor({ store, clock, token, prefixes, complain }: PushOptions): Deliveries {
  const sending: SendOptions = { prefixes, sealer: sealerOf(token), resolve: systemResolver };
  return new Deliveries({
    store,
    clock: () => clock.moment(),
    complain,
    next: (row, seen) => nextOf(store, sending, row, seen),
  });
}

const pageSize = 100;

/** The first update behind a configuration's cursor. Of what an event brings, several may be delivered one by one. */
async function nextOf(store: Store, sending: SendOptions, row: PushRow, seen: number): Promise<Next> {
  let at = Math.max(row.seq, row.part === 0 ? seen : 0);
  let { seq, part } = row;
  for (;;) {
    const { events, until, isLast, hasEnded } = await store.read(async (tx) => ({
      ...(await eventsOfTask(tx, row.task_id, at, pageSize)),
      hasEnded: finalStates.includes((await getTask(tx, row.task_id)).state),
    }));
    for (const event of events) {
      const responses = (await updateOf(store, event)).responses.filter((one) => isFor(row, one));
      const response = responses[part];
      if (response !== undefined)
        return {
          behind: part + 1 < responses.length ? { seq, part: part + 1 } : { seq: event.seq, part: 0 },
          send: async (signal) => send(sending, row, await written(store, row, response), signal),
        };
      // an earlier program made more of it
      if (responses.length > 0) ({ seq, part } = { seq: event.seq, part: 0 });
    }
    at = until;
    if (isLast) return { send: null, seen: at, hasEnded };
  }
}

/** Receivers of 0.3 are sent a task, which has its artifacts with it when it is completed. */
function isFor({ version }: PushRow, { payload }: StreamResponse): boolean {
  return version === "1.0" || payload?.$case === "statusUpdate";
}

const serializers = { "1.0": new V1PushNotificationSerializer(), "0.3": new V03PushNotificationSerializer() };

async function written(store: Store, row: PushRow, response: StreamResponse): Promise<Written> {
  const { payload } = response;
  if (row.version === "1.0" || payload?.$case !== "statusUpdate")
    return serializers[row.version].serialize(response);
  const { status } = payload.value;
  const task = await store.read(async (tx) => wholeTask(tx, await getTask(tx, row.task_id), 0));
  const whole = toA2aTask(task, { historyLength: 0, modes: allModes });
  const isCompleted = status?.state === TaskState.TASK_STATE_COMPLETED;
  const asItWas: A2aTask = { ...whole, status, artifacts: isCompleted ? whole.artifacts : [] };
  return serializers["0.3"].serialize(response, asItWas);
}
