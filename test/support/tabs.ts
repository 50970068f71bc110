import { SseReader } from "../../src/core/sse.ts";
import { isJsonObject, parseJson } from "../../src/core/json.ts";
import type { RpcClient } from "./rpc.ts";
import { until } from "./until.ts";

/** What a bridge is told. */
export interface Said {
  event: string;
  data: Record<string, unknown>;
}

/** A tab whose stream is held open here, as its bridge does. */
export interface FollowedTab {
  tab: string;
  /** all so far */
  said: Said[];
  /** Resolves to the handle it has, once it is told one, or another than `before`. */
  handle(before?: string): Promise<string>;
  /** Resolves to the wakes once there are so many. */
  wakes(count: number): Promise<Record<string, unknown>[]>;
  report(report?: object): Promise<unknown>;
  /** Resolves once the stream is over, whoever ended it. */
  ended: Promise<void>;
  /** Ends it, and resolves once it is over. */
  end(): Promise<void>;
}

export async function followTab(
  daemon: RpcClient,
  hello: Record<string, string> = {},
  heard: (said: Said) => void = () => {},
): Promise<FollowedTab> {
  const gone = new AbortController();
  const tab = hello["tab"] ?? crypto.randomUUID();
  const query = new URLSearchParams({
    client: "claude",
    project: "/work/billing",
    wake: "inbox",
    ...hello,
    tab,
  });
  const response = await fetch(`${daemon.url}tabs?${query}`, {
    headers: { authorization: `Bearer ${daemon.token}` },
    signal: gone.signal,
  });
  if (!response.ok) throw new Error(`GET /tabs: ${response.status} ${await response.text()}`);
  const said: Said[] = [];
  const reading = read(response, (one) => {
    said.push(one);
    heard(one);
  }).catch(() => {});
  const of = (event: string) => said.filter((one) => one.event === event).map(({ data }) => data);
  return {
    tab,
    said,
    ended: reading,
    async handle(before) {
      await until("a handle", () => of("tab").at(-1)?.["handle"] !== before);
      return String(of("tab").at(-1)?.["handle"]);
    },
    async wakes(count) {
      await until(`${count} wakes`, () => of("wake").length >= count);
      return of("wake");
    },
    report: async (report = {}) => (await daemon.rpc("tabs/report", { tab, ...report })).result,
    async end() {
      gone.abort();
      await reading;
    },
  };
}

async function read(response: Response, take: (said: Said) => void): Promise<void> {
  const reader = new SseReader();
  for await (const piece of response.body ?? []) {
    for (const { event = "", data } of reader.push(piece)) {
      const value = parseJson(data);
      take({ event, data: isJsonObject(value) ? value : {} });
    }
  }
}
