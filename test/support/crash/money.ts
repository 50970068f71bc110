import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Charge } from "../claude/model.ts";
import type { Usage } from "../claude/reply.ts";

/**
 * What a run may say that it has cost, by what the model has charged. An answer that its agent has printed counts. Of one that the agent
 * was still being given when it was killed nobody can know but who charged it: it is the difference between least and most. Of one that
 * is printed in part the input is known, and the output an estimate. What Claude Code 2.1.332 tells again of a session's earlier cost is
 * taken off by its part of the tokens, which is not to the cent: hence the slack.
 */
export interface Bill {
  charged: number;
  usd: { least: number; most: number };
  inputTokens: { least: number; most: number };
  /** answers that no agent has printed, and such as are printed in part */
  unread: number;
  inPart: number;
}

/** folder: where the agents' output is. All of them have ended. */
export function billOf(charges: readonly Charge[], folder: string): Bill {
  const printed = printedIn(folder);
  const unread = charges.filter(({ message }) => !printed.has(message));
  const read = charges.filter(({ message }) => printed.has(message));
  const inPart = read.filter(({ message }) => printed.get(message) === "in part");
  const charged = total(charges, costOf);
  const guessed = total(inPart, outputCost) + charged * slack;
  return {
    charged,
    usd: { least: total(read, costOf) - guessed, most: charged + guessed },
    inputTokens: { least: total(read, inputOf), most: total(charges, inputOf) },
    unread: unread.length,
    inPart: inPart.length,
  };
}

const slack = 0.002;

function total(charges: readonly Charge[], of: (usage: Usage) => number): number {
  return charges.reduce((sum, { usage }) => sum + of(usage), 0);
}

const inputOf = ({ input_tokens }: Usage) => input_tokens;
/** Of the model that the run is started with, in USD. */
const outputCost = ({ output_tokens }: Usage) => (output_tokens * 15) / 1_000_000;
const costOf = (usage: Usage) => (usage.input_tokens * 3 + usage.output_tokens * 15) / 1_000_000;

/** The messages in the output of all agents. */
function printedIn(folder: string): Map<string, "whole" | "in part"> {
  const printed = new Map<string, "whole" | "in part">();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith("output.jsonl"))) {
    let message = "";
    for (const text of readFileSync(join(folder, file), "utf8").split("\n")) {
      const line = Line.safeParse(jsonOf(text)).data;
      if (line?.type === "assistant") {
        message = line.message.id;
        printed.set(message, printed.get(message) ?? "in part");
      } else if (line?.type === "stream_event" && line.event.type === "message_stop" && printed.has(message))
        printed.set(message, "whole");
    }
  }
  return printed;
}

/** An agent that was killed may have ended in the middle of a line. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const Line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("assistant"), message: z.object({ id: z.string() }) }),
  z.object({ type: z.literal("stream_event"), event: z.object({ type: z.string() }) }),
]);
