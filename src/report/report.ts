import type { Node } from "../core/node.ts";
import type { NodeRecord, ResultExcerpt } from "../core/run-record.ts";
import type { Run } from "../core/run.ts";
import type { TranscriptEntry } from "../core/transcript.ts";

/** All that a page tells of a run. It stands in the page as JSON, too. Times are RFC 3339, money USD. */
export interface Report {
  /** of cord */
  version: string;
  made_at: string;
  run: Run;
  result: ResultExcerpt | null;
  reason: string | null;
  /** in the order of their numbers */
  nodes: ReportNode[];
  happenings: Happening[];
  /** what all agents together had spent, whenever that grew */
  spending: Spending[];
  transcripts: Transcript[];
}

/** A node, and what is kept of it. */
export type ReportNode = Omit<Node, "attempts" | "result"> & NodeRecord & { created_at: string };

/** Something that a person did to the run, or should know of it; `number`: of the node, null where it is about the run. */
export interface Happening {
  at: string;
  type: string;
  number: number | null;
  by: string | null;
  text: string;
}

export interface Spending {
  at: string;
  usd: number;
}

/** What an attempt's agent said and did. */
export interface Transcript {
  number: number;
  attempt: number;
  /** where all of it is, on the machine of its engine */
  file: string;
  /** it was found where the report was made */
  here: boolean;
  /** why it was removed there, as a sentence; null: it was not */
  removed: string | null;
  first: TranscriptEntry[];
  /** how many entries of its middle are not here */
  left_out: number;
  last: TranscriptEntry[];
}
