import { human } from "../operations/rig.ts";
import type { VaultWorld } from "./vault-world.ts";

/** A bug is abandoned by one agent and fixed by another, whose ack says so; the first one's result comes late. */
export async function bugFixAck({ rig, send }: VaultWorld): Promise<void> {
  await rig.call("agents/heartbeat", { id: "claude-a", name: "Claude A" });
  const bug = await send({
    name: "Login fails after v1.1",
    kind: "bug",
    priority: "high",
    payload: { file_refs: ["src/login.ts:12"], steps: "log in" },
  });
  const need = await send({ name: "Write a test", payload: { related_bug: bug, bug_id: "no such task" } });
  await send({ name: "Release", needs: [bug, need], payload: { blocked_by: [bug, need] } });
  rig.advance(1000);
  await rig.call("tasks/claim", { id: bug, agentId: "claude-a", leaseSeconds: 60 });
  rig.advance(61_000);
  await rig.sweep();
  await rig.call("tasks/claim", { id: bug, agentId: "Codex B", leaseSeconds: 60 });
  await rig
    .call("tasks/complete", { id: bug, agentId: "claude-a", epoch: 1, result: "late" })
    .catch(() => null);
  await rig.call("tasks/complete", {
    id: bug,
    agentId: "Codex B",
    result: { commit: "abc123" },
    postAck: true,
    ackName: "v1.2 stable",
  });
  await rig.call(
    "tasks/send",
    { name: "Keep sessions in the database", kind: "decision", payload: { follows_up: bug } },
    { kind: "tab", agent: "claude-a" },
  );
  await rig.call("tasks/claim", { id: need, agentId: "claude-a" });
  await rig.call("tasks/cancel", { id: need, reason: "no longer needed" });
}

/** A goal with two children, one of which needs the other, is worked on and synthesised. Returns the run's id. */
export async function smallRun({ rig }: VaultWorld): Promise<string> {
  const run = await rig.startRun();
  const claim = () => rig.call("nodes/claim", { run_id: run, engine: "engine-1", limit: 4 });
  const done = async (number: number, result: string) =>
    rig.call("nodes/complete", { result }, await rig.asNode(run, number));
  await claim();
  const root = await rig.asNode(run, 1);
  await rig.call("nodes/create", { goal: "Look at the market", prompt: "Look well.\n```\nat it" }, root);
  await rig.call("nodes/create", { goal: "Write it down", needs: ["#2"] }, root);
  rig.advance(500);
  await rig.call("nodes/pause", { run_id: run, node_id: "#3" }, human);
  await rig.call("nodes/modify", { run_id: run, node_id: "#3", goal: "Write it all down" }, human);
  await rig.call("nodes/resume", { run_id: run, node_id: "#3" }, human);
  await done(1, "split");
  await claim();
  await rig.call("runs/report", {
    run_id: run,
    attempts: [{ node_id: "#2", epoch: 1, usd: 0.25, ended: false }],
  });
  await done(2, "The market is there.");
  await claim();
  await done(3, "Written.");
  await claim();
  rig.advance(500);
  await done(1, "All of it.");
  return run;
}
