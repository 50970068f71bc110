import { JsonRpcTransportHandler, type A2ARequestHandler } from "@a2a-js/sdk/server";
import type { A2aVersion } from "../../core/a2a-version.ts";
import type { Transport } from "./envelope.ts";

/** That of 0.3 is loaded when it is first spoken. */
export async function transportOf(version: A2aVersion, handler: A2ARequestHandler): Promise<Transport> {
  if (version === "1.0") return new JsonRpcTransportHandler(handler);
  const { legacyTransport } = await import("./legacy-transport.ts");
  return legacyTransport(handler);
}

/** Keeps what a method failed with: the SDK's answer says less of it than is known. */
export function remembering(handler: A2ARequestHandler, failed: { error?: unknown }): A2ARequestHandler {
  const kept = async <Given>(work: Promise<Given>): Promise<Given> => {
    try {
      return await work;
    } catch (error) {
      failed.error = error;
      throw error;
    }
  };
  return {
    getAgentCard: () => handler.getAgentCard(),
    getAuthenticatedExtendedAgentCard: (...given) =>
      kept(handler.getAuthenticatedExtendedAgentCard(...given)),
    sendMessage: (...given) => kept(handler.sendMessage(...given)),
    // what fails in a stream comes as it is
    sendMessageStream: (...given) => handler.sendMessageStream(...given),
    getTask: (...given) => kept(handler.getTask(...given)),
    cancelTask: (...given) => kept(handler.cancelTask(...given)),
    createTaskPushNotificationConfig: (...given) => kept(handler.createTaskPushNotificationConfig(...given)),
    getTaskPushNotificationConfig: (...given) => kept(handler.getTaskPushNotificationConfig(...given)),
    listTaskPushNotificationConfigs: (...given) => kept(handler.listTaskPushNotificationConfigs(...given)),
    deleteTaskPushNotificationConfig: (...given) => kept(handler.deleteTaskPushNotificationConfig(...given)),
    resubscribe: (...given) => handler.resubscribe(...given),
    listTasks: (...given) => kept(handler.listTasks(...given)),
  };
}
