import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "../../client/client.ts";
import { runFolder } from "../../client/paths.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { nodeName } from "../../core/words.ts";
import { editInTerminal } from "../../engine/process/editor.ts";
import { environment } from "../../system/environment.ts";
import { makePrivate } from "../../system/private-file.ts";
import { readSmall } from "../../system/small-file.ts";

/**
 * Has a person edit the goal of a node, on the first line, and its prompt below, in their editor; what was done, in a
 * sentence. Rejects with why it was not; the file stays then, and its name is said.
 */
export async function editNode(client: Client, runId: string, number: number): Promise<string> {
  const target = { run_id: runId, node_id: nodeName(number) };
  const { goal, prompt = "" } = await client.call("nodes/read", target);
  const given = `${goal}\n\n${prompt}\n`;
  const file = fileFor(runId, number, given);
  await editInTerminal(file, environment);
  const text = readSmall(file, limits.bodyBytes);
  if (text === given) {
    rmSync(file, { force: true });
    return "Nothing was changed. An editor that returns at once needs a flag, such as code --wait.";
  }
  const [first = "", ...rest] = (text ?? "").split("\n");
  const changed = { goal: first.trim(), prompt: rest.join("\n").trim() };
  await client
    .call("nodes/modify", {
      ...target,
      ...(changed.goal === goal ? {} : { goal: changed.goal }),
      ...(changed.prompt === prompt.trim() ? {} : { prompt: changed.prompt }),
    })
    .catch((error: unknown) => {
      if (!(error instanceof CordError)) throw error;
      throw new CordError(error.code, `${error.message} What you wrote is kept: ${file}`, { cause: error });
    });
  rmSync(file, { force: true });
  return `${target.node_id} has what you wrote.`;
}

/** Only its owner reads it: prompts may be anything. */
function fileFor(runId: string, number: number, text: string): string {
  const folder = runFolder(runId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `node-${number}.md`);
  rmSync(file, { force: true });
  makePrivate(file, text);
  return file;
}
