import { checkMediaTypes } from "./checked.ts";
import { method, pushMethod, type Methods } from "./method.ts";
import * as schemas from "./schemas.ts";

type Sent = (typeof schemas.SendMessage)["_output"];

/** The methods of A2A 1.0, by their names in JSON-RPC. */
export const currentMethods: Methods = new Map([
  [
    "SendMessage",
    method(
      schemas.SendMessage,
      ({ configuration }) => (configuration?.returnImmediately === true ? "once" : "alive"),
      checkSent,
    ),
  ],
  ["SendStreamingMessage", method(schemas.SendMessage, "stream", checkSent)],
  ["GetTask", method(schemas.GetTask)],
  ["ListTasks", method(schemas.ListTasks)],
  ["CancelTask", method(schemas.CancelTask)],
  ["SubscribeToTask", method(schemas.SubscribeToTask, "stream")],
  ["CreateTaskPushNotificationConfig", pushMethod(schemas.CreatePushConfig)],
  ["GetTaskPushNotificationConfig", pushMethod(schemas.GetPushConfig)],
  ["ListTaskPushNotificationConfigs", pushMethod(schemas.ListPushConfigs)],
  ["DeleteTaskPushNotificationConfig", pushMethod(schemas.DeletePushConfig)],
  ["GetExtendedAgentCard", method(schemas.GetExtendedCard)],
]);

function checkSent({ message }: Sent): void {
  checkMediaTypes(message.parts.map(({ mediaType }) => mediaType));
}
