import { hookClients } from "../../core/hook-answer.ts";
import { hookEvents } from "../../core/tab.ts";

/** What `cord hook NAME` does; it resolves to the exit code. Nothing of one is loaded for another: a client waits for it. */
type Hook = () => Promise<number>;

/** Each client at each event, as `gemini-edit`. opencode has its plugin, which keeps one program open. */
const ofClients = hookClients
  .filter((client) => client !== "opencode")
  .flatMap((client) =>
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
