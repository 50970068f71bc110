import { plain } from "../../core/text.ts";
import { changeLines } from "../../tui/changes.ts";
import { KeyReader, type Key } from "../../tui/keys.ts";
import { edit, emptyLine, type LineInput } from "../../tui/line-input.ts";
import { isOpenAsk, type NodeView } from "../../tui/model.ts";
import type { NodeChange, RunModel } from "../../tui/run-model.ts";
import { runLines } from "../../tui/run-view.ts";
import { Screen } from "../../tui/screen.ts";
import { hasColor } from "../board/output.ts";

/** What a person sees of a run while it goes on, and what they may do. */
export interface Show {
  changed(change: NodeChange | null): void;
  notice(text: string): void;
  /** Gives the terminal back. */
  close(): void;
}

export interface Hands {
  onInterrupt(): void;
  onAnswer(number: number, answer: string): Promise<void>;
}

interface About {
  id: string;
  goal: string;
  options: { agent: string; permission_mode: string };
}

/** The live tree on a terminal, one line a change elsewhere. On stderr: stdout is for the result. */
export function showRun(model: RunModel, run: About, hands: Hands): Show {
  const first = firstLine(run);
  return process.stderr.isTTY ? liveTree(model, hands, first) : changeLog(model, run, hands, first);
}

function firstLine({ options }: About): string {
  if (options.agent === "rehearsal")
    return "A rehearsal: the built-in agent works, no model is called, nothing is spent.";
  if (options.permission_mode !== "bypassPermissions")
    return `Agents work with --permission-mode ${options.permission_mode}; what it does not allow is denied.`;
  return "Agents may do anything you may (--permission-mode bypassPermissions). Safer: acceptEdits, default, plan.";
}

const secondMs = 1000;

function liveTree(model: RunModel, hands: Hands, first: string): Show {
  const screen = new Screen(process.stderr);
  const color = hasColor(process.stderr);
  const answering = answerLine(model, screen, hands);
  const draw = () => screen.draw((size) => runLines(model.view(Date.now()), { ...size, color }));
  const keys = new KeyReader(process.stdin, (key) =>
    key.name === "ctrl-c" ? hands.onInterrupt() : answering.key(key),
  );
  const signals = onSignals(hands.onInterrupt);
  const tick = setInterval(draw, secondMs);
  screen.print([first]);
  if (process.stdin.isTTY) keys.start();
  draw();
  return {
    changed: () => {
      answering.refresh();
      draw();
    },
    notice: (text) => {
      model.notice(text);
      draw();
    },
    close: () => {
      clearInterval(tick);
      signals.off();
      if (process.stdin.isTTY) keys.stop();
      screen.prompt(null);
      screen.flush();
      screen.restore();
    },
  };
}

function changeLog(model: RunModel, run: About, hands: Hands, first: string): Show {
  const signals = onSignals(hands.onInterrupt);
  say([`cord run ${run.id.slice(0, 13)}  ${plain(run.goal)}`, first]);
  for (const node of model.nodes) say(changeLines(undefined, node));
  return {
    changed: (change) => change && say(changeLines(change.previous, change.next)),
    notice: (text) => say([plain(text)]),
    close: () => signals.off(),
  };
}

function say(lines: readonly string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
}

/** The line under the tree where a person answers the oldest open question. */
function answerLine(model: RunModel, screen: Screen, hands: Hands) {
  let line: LineInput = emptyLine;
  let asked: NodeView | undefined;
  let pending: number | null = null;

  function refresh(): void {
    const open = model.nodes.find((node) => isOpenAsk(node) && node.number !== pending);
    if (open?.number !== asked?.number) line = emptyLine;
    asked = open;
    screen.prompt(open && process.stdin.isTTY ? { label: `answer #${open.number}: `, line } : null);
  }

  function submit(): void {
    const { number, question } = asked ?? {};
    const answer =
      line.text.trim() === "" ? (question?.default ?? "") : chosen(line.text.trim(), question?.options ?? []);
    if (number === undefined || answer === "") return;
    pending = number;
    line = emptyLine;
    hands
      .onAnswer(number, answer)
      .catch((error: unknown) => {
        model.notice(error instanceof Error ? error.message : String(error));
        pending = null;
      })
      .finally(refresh);
  }

  return {
    refresh,
    key(key: Key): void {
      if (!asked) return;
      if (key.name === "enter") submit();
      else line = edit(line, key);
      refresh();
    },
  };
}

/** A number stands for the option at that place. */
function chosen(text: string, options: readonly string[]): string {
  return /^\d+$/.test(text) ? (options[Number(text) - 1] ?? text) : text;
}

function onSignals(stop: () => void): { off(): void } {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, stop);
  return {
    off: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}
