import { checkOutcome, shownCheck, type CheckRun } from "../../core/check.ts";
import { isLost, nodeNumber } from "../../core/words.ts";
import { factLines, type Fact } from "../facts.ts";
import { isMoot, type Node, type WholeNode } from "../../core/node.ts";
import type { Run } from "../../core/run.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { plainLines } from "../../core/text.ts";
import { painter } from "../../tui/terminal/theme.ts";
import { cost, duration, ordinal } from "../../tui/time.ts";
import { hasColor } from "../output.ts";
import { readable } from "./report.ts";

interface Shown {
  run: Run;
  nodes: readonly Node[];
  node: WholeNode;
}

/** All there is to a node: what it is about, what it stands between, what was tried, its prompt and its result, whole. */
export function nodePage({ run, nodes, node }: Shown, now: number): string {
  const number = nodeNumber(node.id);
  const summary = nodes.find((candidate) => candidate.number === number);
  const byNumber = new Map(nodes.map((candidate) => [candidate.number, candidate]));
  const named = (numbers: readonly number[]) =>
    numbers.flatMap((wanted) => {
      const found = byNumber.get(wanted);
      return found ? [`#${wanted} [${found.status}] ${found.goal}`] : [];
    });
  const children = nodes.filter((candidate) => candidate.parent === number).map((child) => child.number);
  const fields: Fact[] = [
    ["node", `${node.id} of run ${shortRun(run.id)}`],
    ["goal", node.goal],
    ["state", [node.status, ...(summary ? spentOn(summary, now) : [])].join("  ")],
    ["reason", node.reason],
    ["returns", node.returns],
    ["children", node.shape],
    ["means", node.means],
    ["check", node.check],
    ...(node.options ?? []).map((option): Fact => ["option", option]),
    ...named(summary?.parent ? [summary.parent] : []).map((parent): Fact => ["parent", parent]),
    ...named(summary?.needs ?? []).map((need): Fact => ["needs", need]),
    ...named(children).map((child): Fact => ["child", child]),
    ...node.attempts.flatMap((attempt): Fact[] => [
      ["attempt", attemptText(attempt)],
      ...attempt.checks.map((check): Fact => ["checked", checkText(check)]),
    ]),
    [
      "retry",
      summary && isLost(node.status) && !isMoot(summary, byNumber)
        ? `cord retry ${number} --run ${shortRun(run.id)}`
        : undefined,
    ],
    ["log", summary?.dir ? `cord logs ${number} --run ${shortRun(run.id)}` : undefined],
  ];
  return [
    ...factLines(fields),
    ...(node.item === undefined ? [] : section(`item ${node.item.index}`, node.item.text)),
    ...section(node.question === undefined ? "prompt" : "question", node.question ?? node.prompt),
    ...handedOut(node.attempts).flatMap((said) => section("said when it handed out work", said)),
    ...refusedCheck(node).flatMap(({ output }) => section("what its check printed", output)),
    ...section(node.question === undefined ? "result" : "answer", node.result),
    ...notCounted(node).flatMap((result) => section("result that does not count", result)),
  ].join("\n");
}

/** How long it has worked, which try it is if not the first, and what it cost. */
function spentOn(node: Node, now: number): string[] {
  if (node.started_at === null) return [];
  const runs = node.running_since === null ? 0 : Math.max(0, now - Date.parse(node.running_since));
  const tried = node.tries > 1 ? [`${ordinal(node.tries)} try`] : [];
  return [...tried, duration(node.worked_ms + runs), cost(node)];
}

type Attempt = WholeNode["attempts"][number];

function attemptText({ attempt, phase, state, usd, estimated, counted, session, reason }: Attempt): string {
  const parts = [
    `${attempt}`,
    phase ?? "",
    state,
    cost({ usd, estimated, uncounted: counted ? 0 : 1 }),
    session === null ? "" : `session ${session}`,
  ];
  return `${parts.filter((part) => part !== "").join("  ")}${reason === null ? "" : `  ${reason}`}`;
}

function checkText({ verdict, took_ms, ...check }: CheckRun): string {
  const outcome = verdict === "passed" ? `\`${shownCheck(check.command)}\` passed` : checkOutcome(check);
  return `${outcome}  ${duration(took_ms)}`;
}

/** The last check, where it did not pass. */
function refusedCheck({ attempts }: WholeNode): CheckRun[] {
  const last = attempts.flatMap(({ checks }) => checks).at(-1);
  return last === undefined || last.verdict === "passed" || last.output === "" ? [] : [last];
}

/** What a node without a result has handed in last: late, or refused by its check. */
function notCounted({ result, attempts }: WholeNode): unknown[] {
  if (result !== undefined) return [];
  return attempts
    .flatMap(({ late_result: late }) => (late === null || late === undefined ? [] : [late]))
    .slice(-1);
}

/** What a node said before its children worked is in no result. */
function handedOut(attempts: readonly Attempt[]): unknown[] {
  return attempts.flatMap(({ said }) => (said === null || said === undefined ? [] : [said]));
}

function section(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  // beside other lines the text has to be safe in a pipe too: `less` shows it on a terminal
  const text = process.stdout.isTTY ? readable(value) : plainLines(readable(value));
  return ["", painter(hasColor())("title", `${name}:`), "", text];
}
