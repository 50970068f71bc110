import { PushNotificationNotSupportedError, TaskNotCancelableError } from "@a2a-js/sdk/errors";
import type { AgentCard, SendMessageRequest } from "@a2a-js/sdk";
import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server";
import { CordError } from "../../core/error.ts";
import type { WholeTask } from "../../core/task.ts";
import { pushIsOff } from "../../core/push-target.ts";
import type { Caller } from "../../core/tree.ts";
import { finalStates } from "../../core/words.ts";
import type { Services } from "../../operations/context.ts";
import { boardFor, type Board } from "./board.ts";
import { settledTask, updatesOfTask, updatesSince } from "./following.ts";
import { listTasks, messagesFor } from "./listing.ts";
import { toA2aTask, type Wanted } from "./mapping.ts";
import { allModes, modesIn } from "./parts.ts";
import { pushConfigsFor, type PushMethods } from "./push/configs.ts";
import { sendTo } from "./sending.ts";

/** One A2A request: who asks, and until when an answer is wanted. */
interface Requested {
  services: Services;
  caller: Caller;
  /** ends blocking calls and streams */
  signal: AbortSignal;
  cardFor(kind: "public" | "extended"): Promise<AgentCard>;
}

/** What A2A's methods mean on the board. Made for each request. Throws the SDK's errors, and CordErrors. */
export function requestHandler({ services, caller, signal, cardFor }: Requested): A2ARequestHandler {
  const board = boardFor(services, caller, signal);
  const follower = { services, board, signal };
  const push = pushConfigsFor(services, caller, board);
  const whyNoPush = services.push.isAllowed ? notForNodes : pushIsOff;
  const send = async (params: SendMessageRequest, context: ServerCallContext) => {
    const config = params.configuration?.taskPushNotificationConfig;
    if (config === undefined) return sendTo(board, params);
    if (push === null) throw new PushNotificationNotSupportedError(whyNoPush);
    push.check(config, context);
    const task = await sendTo(board, params);
    await push.take(config, { task, messageId: params.message?.messageId ?? "" }, context);
    return task;
  };
  return {
    getAgentCard: () => cardFor("public"),
    getAuthenticatedExtendedAgentCard: () => cardFor("extended"),
    async sendMessage(params, context) {
      const { id } = await send(params, context);
      const isWaitedFor = params.configuration?.returnImmediately !== true;
      return toA2aTask(await (isWaitedFor ? settledTask(follower, id) : board.get(id)), wantedIn(params));
    },
    sendMessageStream: (params, context) =>
      updatesSince(follower, { make: () => send(params, context) }, wantedIn(params)),
    async getTask({ id, historyLength }) {
      const task = await board.get(id, messagesFor(historyLength));
      return toA2aTask(task, { historyLength, modes: allModes });
    },
    cancelTask: async ({ id }) => toA2aTask(await cancelled(board, id), { modes: allModes }),
    resubscribe: ({ id }) => updatesOfTask(follower, id, { modes: allModes }),
    listTasks: (params) => listTasks(board, params),
    ...(push?.methods ?? noPush(whyNoPush)),
  };
}

function wantedIn({ configuration }: SendMessageRequest): Wanted {
  const modes = modesIn(configuration?.acceptedOutputModes);
  return { historyLength: configuration?.historyLength, modes };
}

/** Cancels a task. One that is cancelled already stays so; throws TaskNotCancelableError after another end. */
async function cancelled(board: Board, id: string): Promise<WholeTask> {
  const task = await board.get(id);
  if (!finalStates.includes(task.state)) {
    try {
      await board.cancel(task.id);
    } catch (error) {
      // it may have ended meanwhile
      if (!(error instanceof CordError) || error.code !== "conflict") throw error;
    }
  }
  const now = await board.get(id);
  if (now.state === "cancelled") return now;
  throw new TaskNotCancelableError(`This task cannot be cancelled any more: it is ${now.state}.`);
}

/** What answers a caller to whom push notifications are not open, with why. */
function noPush(why: string): PushMethods {
  const refuse = () => Promise.reject(new PushNotificationNotSupportedError(why));
  return {
    createTaskPushNotificationConfig: refuse,
    getTaskPushNotificationConfig: refuse,
    listTaskPushNotificationConfigs: refuse,
    deleteTaskPushNotificationConfig: refuse,
  };
}

const notForNodes =
  "Push notifications are not for a node of a run: only the daemon's own token may use them.";
