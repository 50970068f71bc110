import { z } from "zod";
import { ImportedAgent, ImportedTask, importedStates, StateCounts } from "../core/imported.ts";
import { RequestId } from "../core/task.ts";
import { importAgent, importTask, stateOfTask } from "../store/import/imports.ts";
import { anyCaller } from "./authority.ts";
import { operation } from "./operation.ts";

/** As many rows as one call may bring: a batch of the store must not hold up the others. */
const maxRows = 100;

/** Adds tasks and agents of the board before this one, once: what is here already stays as it is. */
export const importBoard = operation({
  summary: "Bring tasks and agents over from another board; what is here already stays as it is.",
  effect: "write",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({
      tasks: z.array(ImportedTask).max(maxRows).default([]),
      agents: z.array(ImportedAgent).max(maxRows).default([]),
      request_id: RequestId.optional(),
    }),
  output: () =>
    z.object({
      added: StateCounts.describe(
        "Tasks that were added, by the state in which they lie in the database now",
      ),
      present: StateCounts.describe("Tasks that were here already, by the state that was given"),
      agents: z.object({ added: z.number().int(), present: z.number().int() }),
    }),
  run: (context, { tasks, agents }) =>
    context.write(async (tx) => {
      const counts: { added: StateCounts; present: StateCounts } = { added: {}, present: {} };
      for (const task of tasks) {
        if (!(await importTask(tx, task, context))) count(counts.present, task.state);
        else count(counts.added, await stateOfTask(tx, task.id));
      }
      const known = { added: 0, present: 0 };
      for (const agent of agents) known[(await importAgent(tx, agent, context)) ? "added" : "present"] += 1;
      return { ...counts, agents: known };
    }),
});

function count(counts: StateCounts, state: string | null): void {
  const known = importedStates.find((word) => word === state);
  if (known) counts[known] = (counts[known] ?? 0) + 1;
}
