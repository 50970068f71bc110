import type { TaskPushNotificationConfig } from "@a2a-js/sdk";
import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server";
import type { A2aVersion } from "../../../core/a2a-version.ts";
import { CordError } from "../../../core/error.ts";
import { pushProblem, type PushConfig, type PushSecrets } from "../../../core/push-config.ts";
import type { Task } from "../../../core/task.ts";
import type { Caller } from "../../../core/tree.ts";
import type { PushControl, Services } from "../../../operations/context.ts";
import { operations } from "../../../operations/list.ts";
import { unending } from "../../../operations/unending.ts";
import type { Board } from "../board.ts";
import { invalidFields } from "../errors.ts";

/** A2A's own methods. */
export type PushMethods = Pick<
  A2ARequestHandler,
  | "createTaskPushNotificationConfig"
  | "getTaskPushNotificationConfig"
  | "listTaskPushNotificationConfigs"
  | "deleteTaskPushNotificationConfig"
>;

/** The push configurations of tasks, over their operations. */
export interface PushConfigs {
  methods: PushMethods;
  /** Throws for one in a message that would be refused: before anything is done with the message. */
  check(config: TaskPushNotificationConfig, context: ServerCallContext): void;
  /** Takes the one that came with a message. The same message again takes the same one. */
  take(config: TaskPushNotificationConfig, from: Origin, context: ServerCallContext): Promise<void>;
}

/** The message that a configuration came with: what happened to the task by it is delivered too. */
interface Origin {
  task: Task;
  messageId: string;
}

/** For a caller to whom they are open; null: to this one they are not, or nothing may be delivered. */
export function pushConfigsFor(services: Services, caller: Caller, board: Board): PushConfigs | null {
  const { push } = services;
  if (!push.isAllowed || caller.kind !== "human") return null;
  return {
    check: (config, context) => check(push, config, `configuration.${inMessage[versionOf(context)]}.`),
    async take(config, { task, messageId }, context) {
      const version = versionOf(context);
      const id = config.id || (version === "0.3" ? task.id : idFor(task, messageId));
      const given = { ...givenIn({ ...config, id }, task, version), since: task.seq - 1 };
      await create.perform(services, caller, given, unending);
    },
    methods: methodsFor(services, caller, board),
  };
}

function methodsFor(services: Services, caller: Caller, board: Board): PushMethods {
  return {
    async createTaskPushNotificationConfig(config, context) {
      const task = await board.get(config.taskId, 0);
      const version = versionOf(context);
      check(services.push, config, version === "0.3" ? `${inMessage[version]}.` : "");
      const id = config.id || (version === "0.3" ? task.id : services.newId());
      const given = givenIn({ ...config, id }, task, version);
      return toA2a(create.output.parse(await create.perform(services, caller, given, unending)));
    },
    async getTaskPushNotificationConfig({ taskId, id }) {
      const task = await board.get(taskId, 0);
      // clients of 0.3 may leave it out
      const given = { id: task.id, config_id: id || task.id };
      return toA2a(get.output.parse(await get.perform(services, caller, given, unending)));
    },
    async listTaskPushNotificationConfigs({ taskId, pageSize, pageToken }) {
      const task = await board.get(taskId, 0);
      const all = list.output.parse(await list.perform(services, caller, { id: task.id }, unending));
      return pageOf(all, pageSize, pageToken);
    },
    async deleteTaskPushNotificationConfig({ taskId, id }) {
      const task = await board.get(taskId, 0);
      await remove.perform(services, caller, { id: task.id, config_id: id }, unending);
    },
  };
}

/** There are few of a task: a page begins behind the configuration that its token names. */
function pageOf(all: readonly PushConfig[], pageSize: number, pageToken: string) {
  const begin = pageToken === "" ? 0 : all.findIndex(({ config_id }) => config_id === pageToken) + 1;
  if (begin === 0 && pageToken !== "")
    throw invalidFields([{ field: "pageToken", description: "is of no page of this list" }]);
  const page = all.slice(begin, begin + (pageSize || all.length));
  const isLast = begin + page.length >= all.length;
  return { configs: page.map(toA2a), nextPageToken: isLast ? "" : (page.at(-1)?.config_id ?? "") };
}

/** How a configuration is called in what a client sends. */
const inMessage = { "1.0": "taskPushNotificationConfig", "0.3": "pushNotificationConfig" } as const;

/** Throws `invalid` for one that would be refused, and names the field as its client does, behind `place`. */
function check(push: PushControl, config: TaskPushNotificationConfig, place: string): void {
  const wrong = pushProblem(config.id === "" ? undefined : config.id, secretsIn(config));
  if (wrong) throw invalidFields([{ field: `${place}${wrong.field}`, description: wrong.problem }]);
  try {
    push.target(config.url);
  } catch (error) {
    if (!(error instanceof CordError) || error.code !== "invalid") throw error;
    throw invalidFields([{ field: `${place}url`, description: error.message }]);
  }
}

function givenIn(config: TaskPushNotificationConfig, task: Task, version: A2aVersion) {
  return { id: task.id, config_id: config.id, url: config.url, ...secretsIn(config), version };
}

const { "push/create": create, "push/get": get, "push/list": list, "push/delete": remove } = operations;

/** The codec has "" for what is not said. */
function secretsIn({ token, authentication }: TaskPushNotificationConfig): PushSecrets {
  const { scheme = "", credentials = "" } = authentication ?? {};
  return {
    ...(token === "" ? {} : { token }),
    ...(scheme === "" ? {} : { authentication: { scheme, ...(credentials === "" ? {} : { credentials }) } }),
  };
}

function toA2a({
  task_id,
  config_id,
  url,
  token = "",
  authentication,
}: PushConfig): TaskPushNotificationConfig {
  const { scheme, credentials = "" } = authentication ?? {};
  return {
    tenant: "",
    id: config_id,
    taskId: task_id,
    url,
    token,
    authentication: scheme === undefined ? undefined : { scheme, credentials },
  };
}

function versionOf({ requestedVersion }: ServerCallContext): A2aVersion {
  return requestedVersion === "0.3" ? "0.3" : "1.0";
}

function idFor({ id }: Task, messageId: string): string {
  return new Bun.CryptoHasher("sha256").update(`${id} ${messageId}`).digest("hex").slice(0, 32);
}
