import { hookClients } from "../../core/hook-answer.ts";
import { hookEvents } from "../../core/tab.ts";

/** What `cord hook NAME` does; it resolves to the exit code. Nothing of one is loaded for another: a client waits for it. */
type Hook = () => Promise<number>;

/** The clients that run a program at each event. opencode has its plugin, which keeps one open. */
export const commandClients = hookClients.filter((client) => client !== "opencode");

/** Each of them at each event, as `gemini-edit`. */
const ofClients = commandClients.flatMap((client) =>
  hookEvents.map((event): [string, Hook] => [
    `${client}-${event}`,
    async () => (await import("./client-event.ts")).answerHook(client, event),
  ]),
);

export const hooks: ReadonlyMap<string, Hook> = new Map([
  ...ofClients,
  ["git-pre-commit", async () => (await import("./git-pre-commit.ts")).guardCommit()],
  ["opencode-follow", async () => (await import("./opencode-follow.ts")).followForOpencode()],
]);
