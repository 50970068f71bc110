import { SendMessageRequest, type AgentCard } from "@a2a-js/sdk";
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
  type Client,
} from "@a2a-js/sdk/client";
import { parseLegacyAgentCard } from "@a2a-js/sdk/compat/v0_3/client";

/** The official client, in each way that cord's card offers. */
export const wires = ["1.0 over JSON-RPC", "1.0 over HTTP+JSON", "0.3 over JSON-RPC"] as const;
export type Wire = (typeof wires)[number];

/** A client that knows the daemon by its card only, as that wire's clients read it. */
export async function sdkClient({ url, token }: { url: string; token: string }, wire: Wire): Promise<Client> {
  const fetchImpl = withToken(token);
  const legacyCompat = { enabled: wire === "0.3 over JSON-RPC" };
  const transport =
    wire === "1.0 over HTTP+JSON"
      ? new RestTransportFactory({ fetchImpl })
      : new JsonRpcTransportFactory({ fetchImpl, legacyCompat });
  const factory = new ClientFactory({ transports: [transport] });
  const card = legacyCompat.enabled ? await oldCard(url) : await new DefaultAgentCardResolver().resolve(url);
  return factory.createFromAgentCard(card);
}

/** What clients of before 1.0 see of the card: they name no version, and know `url` alone. */
async function oldCard(url: string): Promise<AgentCard> {
  return parseLegacyAgentCard(await (await fetch(`${url}.well-known/agent-card.json`)).json());
}

function withToken(token: string): typeof fetch {
  const send: (...args: Parameters<typeof fetch>) => Promise<Response> = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  return Object.assign(send, { preconnect: fetch.preconnect });
}

/** What a person's agent sends: text, unless parts are given. */
export function messageOf(
  text: string,
  message: Record<string, unknown> = {},
  configuration: Record<string, unknown> = {},
): SendMessageRequest {
  const parts = [{ text }];
  const whole = { messageId: crypto.randomUUID(), role: "ROLE_USER", parts, ...message };
  return SendMessageRequest.fromJSON({ message: whole, configuration });
}
