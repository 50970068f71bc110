import { confirm, intro, isCancel, multiselect, note } from "@clack/prompts";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import {
  clients,
  clientsOfProject,
  pricedHooks,
  type Choice,
  type Client,
  type ClientId,
} from "./clients.ts";
import type { PlannedEdit } from "./plan.ts";
import { painter } from "../../tui/terminal/theme.ts";
import { hasColor } from "../output.ts";
import { diffs } from "./changes.ts";
import { summary } from "./print.ts";

/** Questions go to stderr, as all that is no result. */
const output = process.stderr;

/** How many lines of a file's changes are shown: enough for any entry; of the block in AGENTS.md, what it is about. */
const maxLines = 16;

export function greet(project: string): void {
  intro(`cord init  ${plain(project)}`, { output });
}

/** Asks which clients cord is to be made known to. Those that are installed are ticked, but nothing outside the project is. */
export async function askForClients(installed: readonly Client[], withHooks: boolean): Promise<Choice> {
  const ticked = clientsOfProject(installed);
  const hooks = withHooks ? pricedHooks.filter(({ id }) => isPresent(id, installed)) : [];
  const chosen = await multiselect<ClientId | `hooks of ${ClientId}`>({
    message: "Which agents work in this project?",
    options: [
      ...clients.map((client) => ({
        value: client.id,
        label: client.title,
        hint: hintOf(client, installed.includes(client)),
      })),
      ...hooks.map(({ id, title, price }) => ({
        value: `hooks of ${id}` as const,
        label: `${title}, its hooks`,
        hint: price,
      })),
    ],
    initialValues: ticked.map(({ id }) => id),
    required: true,
    output,
  });
  if (isCancel(chosen)) return stop();
  const priced = hooks.map(({ id }) => id).filter((id) => chosen.includes(`hooks of ${id}`));
  return {
    chosen: clients.filter(({ id }) => chosen.includes(id) || priced.includes(id)),
    priced,
  };
}

function isPresent(id: ClientId, installed: readonly Client[]): boolean {
  return installed.some((client) => client.id === id);
}

function hintOf(client: Client, isInstalled: boolean): string {
  const file = client.scope === "user" ? `~/${client.files[0]}, for all your projects` : client.files[0];
  return isInstalled ? `installed; ${file}` : file;
}

/** Shows what is to be done and asks whether to do it. */
export async function askToGoOn(edits: readonly PlannedEdit[], question: string): Promise<void> {
  const paint = painter(hasColor(output));
  const shown = [diffs(edits, paint, maxLines), summary(edits, "planned", paint)].filter(
    (part) => part !== "",
  );
  note(shown.join("\n\n"), "What changes", { output, format: (line) => line });
  const goOn = await confirm({ message: question, output });
  if (isCancel(goOn) || !goOn) stop();
}

function stop(): never {
  throw new CordError("interrupted", "cord init: nothing was changed. Run it again when you like.");
}
