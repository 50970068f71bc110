import type { Client } from "../../client/client.ts";
import { followEvents } from "../../client/events.ts";
import { shownCheck } from "../../core/check.ts";
import { type Event, eventText } from "../../core/event.ts";
import { parseJson } from "../../core/json.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { plain, shortened } from "../../core/text.ts";
import type { RunSnapshot } from "../../core/run.ts";
import { changeLines, Notices, stamp } from "../../tui/run/changes.ts";
import { RunModel } from "../../tui/run/model.ts";
import { standingText } from "../../tui/run/standing.ts";
import { duration } from "../../tui/time.ts";
import { print, printJson } from "../output.ts";
import { sayIdle } from "./resuming.ts";

interface Form {
  json: boolean;
  /** to its end */
  follow: boolean;
}

/** Prints what happened in a run, a line for each change as `cord run` prints it off a terminal, or each event as JSON. */
export async function printRunLog(
  client: Client,
  { run }: RunSnapshot,
  { json, follow }: Form,
): Promise<void> {
  const told = new Told(run, json);
  if (!json) await print(plain(`cord run ${shortRun(run.id)}  ${run.goal}`));
  let last = 0;
  for (let since: number | null = 0; since !== null;) {
    const page: { events: Event[]; next: number | null } = await client.call("runs/history", {
      run_id: run.id,
      since,
    });
    for (const event of page.events) await told.take(event);
    last = page.events.at(-1)?.seq ?? last;
    since = page.next;
  }
  if (follow && run.standing === "interrupted") sayIdle(run.id);
  if (follow && run.ended_at === null) await followOn(client, run.id, { last, told });
  const now = (await client.call("runs/get", { run_id: run.id })).run;
  if (!json) await print(`${standingText(now)} after ${duration(now.worked_ms)}`);
}

async function followOn(
  client: Client,
  runId: string,
  { last, told }: { last: number; told: Told },
): Promise<void> {
  const stop = new AbortController();
  for await (const event of followEvents(client, { run_id: runId }, last, stop.signal)) {
    await told.take(event);
    if (event.type === "run.ended") stop.abort();
  }
}

/** Replays a run from its first event, and prints what a person wants of it. */
class Told {
  readonly #model: RunModel;
  readonly #notices = new Notices();
  readonly #isJson: boolean;

  constructor(run: RunSnapshot["run"], isJson: boolean) {
    const atFirst = { ...run, usd: 0, worked_ms: 0, windows: [], parked: null, trouble: null };
    this.#model = new RunModel({ run: atFirst, nodes: [] }, Date.parse(run.created_at));
    this.#isJson = isJson;
  }

  async take(event: Event): Promise<void> {
    if (this.#isJson) return printJson(parseJson(eventText(event)));
    const change = this.#model.apply(event);
    const lines =
      change === null
        ? []
        : changeLines(change.previous, this.#notices.unlessTold(change.previous, change.next));
    const all = [...lines, ...besideNodes(event)];
    if (all.length === 0) return;
    const start = stamp(this.#model.view(Date.parse(event.at)));
    await print(all.map((line) => start + line).join("\n"));
  }
}

/** What no state of a node tells. */
function besideNodes(event: Event): string[] {
  const node = event.number === null ? "" : `#${event.number} `;
  switch (event.type) {
    case "run.parked":
      return [
        plain(`limit: ${event.data.reason}${event.data.until === null ? "" : `, until ${event.data.until}`}`),
      ];
    case "run.unparked":
      return [plain(`goes on${event.data.by === null ? "" : `, by ${event.data.by}`}`)];
    case "run.reopened":
      return ["opened again"];
    case "run.approved":
      return [plain(`the plan of #${event.data.parent} is approved`)];
    case "run.rejected":
      return [plain(`the plan of #${event.data.parent} is rejected: ${shortened(event.data.text, maxText)}`)];
    case "task.told":
      return [plain(`${node}told  ${shortened(event.data.text, maxText)}`)];
    case "attempt.checked":
      return [plain(`${node}check ${event.data.verdict}  ${shownCheck(event.data.command)}`)];
    default:
      return [];
  }
}

const maxText = 300;
