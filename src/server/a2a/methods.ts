/** The names of A2A's methods, by which a call that came to the board's endpoint is told where to go. */
const ofOnePointZero =
  /^(?:Send(?:Streaming)?Message|(?:Get|Cancel|SubscribeTo)Task|ListTasks|(?:Create|Get|Delete)TaskPushNotificationConfig|ListTaskPushNotificationConfigs|GetExtendedAgentCard)$/;
/** tasks/get and tasks/cancel are the board's too. */
const ofZeroPointThree =
  /^(?:message\/(?:send|stream)|tasks\/resubscribe|tasks\/pushNotificationConfig\/(?:set|get|list|delete)|agent\/getAuthenticatedExtendedCard)$/;

export function isA2aMethod(method: string): boolean {
  return isOnePointZero(method) || ofZeroPointThree.test(method);
}

export function isOnePointZero(method: string): boolean {
  return ofOnePointZero.test(method);
}
