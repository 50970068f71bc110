import type { z } from "zod";
import { readInput } from "../core/parameter.ts";
import type { Caller } from "../core/tree.ts";
import { notOpenTo } from "./operation.ts";
import { type Services } from "./context.ts";
import type { Following } from "./following.ts";

/** The other kind of operation: what its caller follows, until one of the two ends it. */
interface Stream<Item> {
  name: string;
  summary: string;
  callers: readonly Caller["kind"][];
  input: z.ZodObject;
  /** Throws `not_allowed` for a caller it is not for, and `invalid` for an input that does not fit. */
  open(services: Services, caller: Caller, input: unknown): Following<Item>;
}

/** What a stream says of itself. Its name is its key in the list. */
interface StreamDefinition<Input extends z.ZodObject, Item> {
  summary: string;
  callers: readonly Caller["kind"][];
  input: Input;
  open(services: Services, input: z.output<Input>): Following<Item>;
}

export function stream<Input extends z.ZodObject, Item>({
  open,
  ...definition
}: StreamDefinition<Input, Item>): (name: string) => Stream<Item> {
  const { callers, input } = definition;
  return (name) => ({
    ...definition,
    name,
    open(services, caller, raw) {
      if (!callers.includes(caller.kind)) throw notOpenTo(caller, name);
      return open(services, readInput(input, raw));
    },
  });
}
