import type { Client } from "../../client/client.ts";
import type { Event } from "../../core/event.ts";
import type { NodeRecord } from "../../core/run-record.ts";
import { resultExcerpt } from "../../core/run-record.ts";
import { recordBounds } from "../../core/limits.ts";
import type { RunSnapshot } from "../../core/run.ts";
import { version } from "../../core/version.ts";
import type { Report, ReportNode } from "../../report/report.ts";
import { Story } from "../../report/story.ts";
import { transcriptsOf } from "./transcripts.ts";

/** Gathers all that a page tells of a run, page by page. `now`: by the wall clock. */
export async function collectReport(
  client: Client,
  { run, nodes }: RunSnapshot,
  now: number,
): Promise<Report> {
  const outcome = await client.call("runs/result", { run_id: run.id });
  const records = await recordsOf(client, run.id);
  const story = await storyOf(client, run.id);
  // one that was created since the run was read is left out, with all that belongs to it; so is one that was taken out of a plan
  const known = nodes.flatMap((node): ReportNode[] => {
    const record = records.get(node.number);
    return record && node.proposal !== "removed"
      ? [{ ...node, ...record, created_at: story.created.get(node.number) ?? run.created_at }]
      : [];
  });
  return {
    version,
    made_at: new Date(now).toISOString(),
    run,
    result: outcome.state === "completed" ? resultExcerpt(outcome.result, recordBounds.resultLength) : null,
    reason: outcome.reason,
    nodes: known,
    happenings: story.happenings,
    spending: story.spending,
    transcripts: await transcriptsOf(known),
  };
}

async function recordsOf(client: Client, runId: string): Promise<Map<number, NodeRecord>> {
  const records = new Map<number, NodeRecord>();
  for (let after: number | null = 0; after !== null;) {
    const page: { nodes: NodeRecord[]; next: number | null } = await client.call("runs/record", {
      run_id: runId,
      after,
    });
    for (const node of page.nodes) records.set(node.number, node);
    after = page.next;
  }
  return records;
}

async function storyOf(client: Client, runId: string): Promise<Story> {
  const story = new Story();
  for (let since: number | null = 0; since !== null;) {
    const page: { events: Event[]; next: number | null } = await client.call("runs/history", {
      run_id: runId,
      since,
    });
    for (const event of page.events) story.take(event);
    since = page.next;
  }
  return story;
}
