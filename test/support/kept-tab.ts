import type { RpcClient } from "./rpc.ts";
import { followTab, type FollowedTab, type Said } from "./tabs.ts";
import { until } from "./until.ts";

/** A tab that is kept open as its bridge does: its stream is opened again whenever it breaks. */
export interface KeptTab {
  handle: string;
  /** the texts of the wakes that it was told to give, by all daemons so far; it says of each that it is delivered */
  wakes: readonly string[];
  /** Resolves once it has been opened so many times. */
  opened(times: number): Promise<void>;
  end(): Promise<void>;
}

export async function keepTab(daemon: RpcClient, hello: Record<string, string> = {}): Promise<KeptTab> {
  const tab = crypto.randomUUID();
  const wakes: string[] = [];
  const heard = ({ event, data }: Said) => {
    if (event !== "wake") return;
    wakes.push(String(data["text"]));
    const woken = { wake: data["wake"], by: "inbox", isDelivered: true };
    daemon.rpc("tabs/report", { tab, woken }).catch(() => {});
  };
  let stream: FollowedTab | null = await followTab(daemon, { ...hello, tab }, heard);
  const handle = await stream.handle();
  let times = 1;
  let isOver = false;

  const keep = async () => {
    while (!isOver) {
      await stream?.ended;
      stream = null;
      if (isOver) return;
      stream = await followTab(daemon, { ...hello, tab, handle }, heard).catch(() => null);
      if (stream === null) await Bun.sleep(20);
      else times += 1;
    }
  };
  const keeping = keep();
  return {
    handle,
    wakes,
    opened: (wanted) => until(`${handle} is open again`, () => times >= wanted),
    async end() {
      isOver = true;
      await stream?.end();
      await keeping;
    },
  };
}
