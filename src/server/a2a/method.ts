import { PushNotificationNotSupportedError } from "@a2a-js/sdk/errors";
import type { z } from "zod";
import { pushIsOff } from "../../core/push-target.ts";
import { readParams } from "./checked.ts";

/** How a call is answered: at once, after a wait that may be long, or by a stream. */
type Way = "once" | "alive" | "stream";

/** What a method was given, as far as its schema knows it, and how it is answered. */
export interface Read {
  params: Record<string, unknown>;
  way: Way;
}

/** A method, which reads what it is given, and throws the refusal of what does not fit. */
export interface Method {
  read(params: unknown): Read;
  /** it is there only where push notifications are allowed */
  isOfPush: boolean;
}

export type Methods = ReadonlyMap<string, Method>;

/** A method that takes what fits a schema, and passes a check that the schema cannot make. */
export function method<Params extends Record<string, unknown>>(
  schema: z.ZodType<Params>,
  wayOf: Way | ((params: Params) => Way) = "once",
  check: (params: Params) => void = () => {},
): Method {
  return {
    isOfPush: false,
    read(given) {
      const params = readParams(schema, given ?? {});
      check(params);
      return { params, way: typeof wayOf === "string" ? wayOf : wayOf(params) };
    },
  };
}

/** A method about push configurations. */
export function pushMethod<Params extends Record<string, unknown>>(schema: z.ZodType<Params>): Method {
  return { ...method(schema), isOfPush: true };
}

/** Reads a call of a method; throws PushNotificationNotSupportedError for one that is not allowed here, whatever it was given. */
export function readCall({ read, isOfPush }: Method, params: unknown, arePushesAllowed: boolean): Read {
  if (isOfPush && !arePushesAllowed) throw new PushNotificationNotSupportedError(pushIsOff);
  return read(params);
}
