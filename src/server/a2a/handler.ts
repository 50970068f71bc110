import { PushNotificationNotSupportedError, UnsupportedOperationError } from "@a2a-js/sdk/errors";
import type { AgentCard, StreamResponse } from "@a2a-js/sdk";
import type { A2ARequestHandler } from "@a2a-js/sdk/server";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";

/** The push configurations of tasks, over their operations. */
export type PushConfigs = Pick<
  A2ARequestHandler,
  | "createTaskPushNotificationConfig"
  | "getTaskPushNotificationConfig"
  | "listTaskPushNotificationConfigs"
  | "deleteTaskPushNotificationConfig"
>;

/** One A2A request: who asks, and until when an answer is wanted. */
export interface Requested {
  services: Services;
  caller: Caller;
  /** ends blocking calls and streams */
  signal: AbortSignal;
  cardFor(kind: "public" | "extended"): Promise<AgentCard>;
  /** null: push notifications are not allowed here */
  push: PushConfigs | null;
}

/** What A2A's methods mean on the board. Made for each request. Throws the SDK's errors, and CordErrors. */
export function requestHandler({ cardFor, push }: Requested): A2ARequestHandler {
  return {
    getAgentCard: () => cardFor("public"),
    getAuthenticatedExtendedAgentCard: () => cardFor("extended"),
    sendMessage: () => Promise.reject(notYet()),
    sendMessageStream: refusedStream,
    getTask: () => Promise.reject(notYet()),
    cancelTask: () => Promise.reject(notYet()),
    resubscribe: refusedStream,
    listTasks: () => Promise.reject(notYet()),
    ...(push ?? noPush),
  };
}

async function* refusedStream(): AsyncGenerator<StreamResponse, void, undefined> {
  yield await Promise.reject(notYet());
}

function notYet(): UnsupportedOperationError {
  return new UnsupportedOperationError("This is not built yet.");
}

const noPush: PushConfigs = {
  createTaskPushNotificationConfig: refusePush,
  getTaskPushNotificationConfig: refusePush,
  listTaskPushNotificationConfigs: refusePush,
  deleteTaskPushNotificationConfig: refusePush,
};

function refusePush(): Promise<never> {
  return Promise.reject(
    new PushNotificationNotSupportedError(
      "Push notifications are off here: start the daemon with --push-to and the prefix of the URLs that it may call.",
    ),
  );
}
