import { LegacyJsonRpcTransportHandler } from "@a2a-js/sdk/compat/v0_3/server";
import type { A2ARequestHandler } from "@a2a-js/sdk/server";
import { isJsonObject } from "../../core/json.ts";
import { marked, unmarked } from "./exact-numbers.ts";
import { isStream, type Envelope, type Transport } from "./envelope.ts";

/** JSON-RPC of A2A 0.3, over the handler of 1.0. */
export function legacyTransport(handler: A2ARequestHandler): Transport {
  const transport = new LegacyJsonRpcTransportHandler(exactly(handler));
  return {
    async handle(body, context) {
      const given = await transport.handle(marked(body), context);
      if (!isStream(given)) return unmarked(given);
      return body["method"] === "message/stream" ? eachOf(given, withFinal) : eachOf(given, unmarked);
    },
  };
}

/** The handler gets and gives exact numbers; the SDK sees marked texts in their place. */
function exactly(handler: A2ARequestHandler): A2ARequestHandler {
  return {
    ...handler,
    sendMessage: async (params, context) => marked(await handler.sendMessage(unmarked(params), context)),
    sendMessageStream: (params, context) =>
      eachOf(handler.sendMessageStream(unmarked(params), context), marked),
    getTask: async (params, context) => marked(await handler.getTask(params, context)),
    cancelTask: async (params, context) => marked(await handler.cancelTask(params, context)),
    resubscribe: (params, context) => eachOf(handler.resubscribe(params, context), marked),
  };
}

async function* eachOf<One>(
  given: AsyncGenerator<One, void, undefined>,
  change: (one: One) => One,
): AsyncGenerator<One, void, undefined> {
  for await (const one of given) yield change(one);
}

/** A stream of message/stream ends when input is wanted, and clients of 0.3 look for final. The SDK says it of ends only. */
function withFinal(envelope: Envelope): Envelope {
  const { result, ...rest } = unmarked(envelope);
  if (!isJsonObject(result) || result["kind"] !== "status-update" || !isJsonObject(result["status"]))
    return { ...rest, result };
  const isLast = result["final"] === true || result["status"]["state"] === "input-required";
  return { ...rest, result: { ...result, final: isLast } };
}
