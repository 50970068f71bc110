import { confirm, isCancel, select, text } from "@clack/prompts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import type { Plan } from "../../core/plan.ts";
import { counted } from "../../core/wording.ts";

/** What a person wants to become of a plan. */
export type Wish =
  | { kind: "approve" }
  | { kind: "edit" }
  | { kind: "again"; remark: string }
  | { kind: "stop" }
  | { kind: "later" };

const output = process.stderr;

/** Asks a person on a terminal what is to become of a plan that they were shown. Throws `interrupted` if they leave. */
export async function askAbout(plan: Plan, run: string): Promise<Wish> {
  const left = () =>
    new CordError("interrupted", `cord run: nothing was approved. "cord run --resume ${run}" asks again.`);
  for (;;) {
    const kind = await select<Wish["kind"]>({
      message: `Is ${plan.node_id} to go on with this plan?`,
      options: [
        { value: "approve", label: "Yes", hint: counted(plan.nodes.length, "node") },
        { value: "edit", label: "Edit it", hint: "goals, prompts, order, needs, models" },
        { value: "again", label: "Plan again", hint: "with a remark of yours" },
        { value: "stop", label: isRoot(plan) ? "No, give the run up" : `No, stop ${plan.node_id}` },
        { value: "later", label: "Decide later" },
      ],
      output,
    });
    if (isCancel(kind)) throw left();
    if (kind === "stop") {
      const message = isRoot(plan) ? "Stop the whole run?" : `Stop ${plan.node_id}, without a result?`;
      const isSure = await confirm({ message, initialValue: false, output });
      if (isCancel(isSure)) throw left();
      if (!isSure) continue;
    }
    if (kind !== "again") return { kind };
    const remark = await text({ message: "What is to be different?", validate: remarkFault, output });
    if (isCancel(remark)) throw left();
    return { kind, remark: remark.trim() };
  }
}

function isRoot({ node_id }: Plan): boolean {
  return node_id === "#1";
}

function remarkFault(remark = ""): string | undefined {
  if (remark.trim() === "") return "Say what is to be different.";
  return remark.length > limits.noteLength
    ? `It may have ${limits.noteLength} characters at most.`
    : undefined;
}
