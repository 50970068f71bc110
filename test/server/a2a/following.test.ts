import { expect, test } from "bun:test";
import { boardFor } from "../../../src/server/a2a/board.ts";
import { settledTask } from "../../../src/server/a2a/following.ts";
import { Task } from "../../../src/core/task.ts";
import { human, openRig } from "../../support/operations/rig.ts";

test("a call that waits for an end or a question goes on when somebody else has answered meanwhile", async () => {
  const { services, call, close } = openRig();
  const { id } = Task.parse(await call("tasks/send", { name: "a task" }));
  await call("tasks/claim", { id, agentId: "anna" });
  const { signal } = new AbortController();
  const board = boardFor(services, human, signal);
  const waits = Promise.withResolvers<void>();
  let looks = 0;
  const overtaken: typeof board.get = async (...which) => {
    looks += 1;
    // the second look is that at the question
    if (looks === 2) await call("tasks/answer", { id, answer: "main" });
    const task = await board.get(...which);
    if (looks === 2) await call("tasks/complete", { id, agentId: "anna", result: "done" });
    waits.resolve();
    return task;
  };
  const settled = settledTask({ services, board: { ...board, get: overtaken }, signal }, id);
  await waits.promise;
  await call("tasks/ask", { id, agentId: "anna", question: "Which branch?" });
  expect(await settled).toMatchObject({ state: "completed", result: "done" });
  await close();
});
