import { counted } from "../../core/wording.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import type { Event } from "../../core/event.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Run } from "../../core/run.ts";
import { changeLines, Notices, stamp } from "../../tui/run/changes.ts";
import { suspendJob } from "../../engine/process/suspend.ts";
import { KeyReader, type Key } from "../../tui/terminal/keys.ts";
import { edit, emptyLine, type LineInput } from "../../tui/terminal/line-input.ts";
import { isOpenAsk, type NodeView } from "../../tui/run/node-view.ts";
import { Reasons } from "../../tui/run/reasons.ts";
import { RunModel, type LocalProgress, type NodeChange, type Drawn } from "../../tui/run/model.ts";
import { runLines } from "../../tui/run/view.ts";
import { Screen, type Prompt, type Size } from "../../tui/terminal/screen.ts";
import { painter } from "../../tui/terminal/theme.ts";
import { cut, safe, wrap } from "../../tui/terminal/width.ts";
import { canRedraw, hasColor, tell } from "../output.ts";
import { firstLines } from "./first-lines.ts";
import { wallClock } from "../wall-clock.ts";

/** What a person sees of a run while it goes on, and what they may do. */
export interface Show {
  event(event: Event): void;
  /** What an engine of this process knows of a node sooner than the daemon tells it. */
  progress(number: number, progress: LocalProgress): void;
  /** With what holds up all work now, where that may have changed. */
  notice(text: string, trouble?: string | null): void;
  readonly notices: readonly string[];
  /** Gives the terminal back. */
  close(): void;
}

interface RunActions {
  onInterrupt(): void;
  /** other: it may be none of the question's options */
  onAnswer(number: number, answer: string, other: boolean): Promise<void>;
}

/** The live tree on a terminal, one line a change elsewhere. On stderr: stdout is for the result. */
export function showRun(started: Drawn, actions: RunActions): Show {
  const model = new RunModel(started, wallClock());
  model.workedOn();
  const show = canRedraw(process.stderr)
    ? liveTree(model, started.run, actions)
    : changeLog(model, started.run, actions);
  return {
    event: (event) => show.changed(model.apply(event)),
    progress: (number, progress) => show.changed(model.progress(number, progress, wallClock())),
    notice: (text, trouble) => {
      model.notice(text);
      if (trouble !== undefined) model.troubled(trouble);
      show.notice(text);
    },
    get notices() {
      return model.notices;
    },
    close: () => show.close(),
  };
}

/** How a run is shown, by what it is shown on. */
interface Display {
  changed(change: NodeChange | null): void;
  notice(text: string): void;
  close(): void;
}

const secondMs = 1000;

/** The tree takes the whole screen while it changes, so that no size of the terminal leaves a part of it behind. */
function liveTree(model: RunModel, run: Run, actions: RunActions): Display {
  const first = firstLines(run.options);
  say(first.flatMap((line) => wrap(line, process.stderr.columns || 80, maxLinesOfOne)));
  let screen = new Screen(process.stderr, { mode: "full" });
  const color = hasColor(process.stderr);
  const answering = answerLine(model, actions, () => draw());
  const interrupt = interrupter(model, actions);
  let stopping: string | null = null;
  let isSuspended = false;
  let isClosed = false;
  const draw = () => {
    if (isSuspended) return;
    screen.prompt(answering.prompt());
    screen.draw((size) => frame(model, { ...size, color }, first, { remark: answering.remark(), stopping }));
  };
  const stop = () => {
    stopping = interrupt();
    draw();
    screen.flush();
  };
  // the agents go on meanwhile: they are no part of the job
  const suspend = () => {
    isSuspended = true;
    keys.stop();
    screen.restore();
    suspendJob();
    // without job control nothing stops the process, and nothing will continue it
    setTimeout(resume, unstoppedMs);
  };
  const resume = () => {
    if (!isSuspended || isClosed) return;
    isSuspended = false;
    screen = new Screen(process.stderr, { mode: "full" });
    keys.start();
    draw();
  };
  const keys = new KeyReader(process.stdin, (key) => {
    if (key.name === "ctrl-c") stop();
    else if (key.name === "ctrl-z") suspend();
    else answering.key(key);
  });
  const signals = onSignals(stop);
  // the shell that had the terminal may have changed its mode and its content
  const continued = () => {
    try {
      if (isSuspended) return resume();
      restart(keys);
      screen.redraw();
    } catch {
      // a terminal that is closed continues its jobs, too, and is gone: SIGHUP tells that
    }
  };
  process.on("SIGCONT", continued);
  const tick = setInterval(draw, secondMs);
  if (process.stdin.isTTY) keys.start();
  draw();
  return {
    changed: draw,
    notice: draw,
    close: () => {
      isClosed = true;
      clearInterval(tick);
      process.off("SIGCONT", continued);
      signals.off();
      if (process.stdin.isTTY) keys.stop();
      screen.restore();
    },
  };
}

function restart(keys: KeyReader): void {
  if (!process.stdin.isTTY) return;
  keys.stop();
  keys.start();
}

const maxLinesOfOne = 8;
const unstoppedMs = 300;

/** A screen with so few lines has none to spare for what stands above it too. */
const lowScreen = 16;

/** What is said to the person alone: what became of what they typed, and that the run is being stopped. */
interface Said {
  remark: string | null;
  stopping: string | null;
}

/** The tree under what the run was started with, and over what is said to the person. */
function frame(
  model: RunModel,
  { width, height, color }: Size & { color: boolean },
  first: readonly string[],
  { remark, stopping }: Said,
): string[] {
  const paint = painter(color);
  const top =
    height < lowScreen
      ? []
      : first.flatMap((line) => wrap(line, width, 2)).map((line) => paint("detail", line));
  const bottom = [
    ...(remark === null ? [] : wrap(safe(remark), width, 3).map((line) => paint("notice", line))),
    ...(stopping === null ? [] : [paint("title", cut(stopping, width))]),
  ];
  const rest = { width, height: height - top.length - bottom.length, color };
  return [...top, ...runLines(model.view(wallClock()), rest), ...bottom];
}

function changeLog(model: RunModel, run: Run, actions: RunActions): Display {
  const tell = (lines: readonly string[]) => {
    const start = stamp(model.view(wallClock()));
    say(lines.map((line) => start + line));
  };
  const notices = new Notices();
  const interrupt = interrupter(model, actions);
  const signals = onSignals(() => tell([interrupt()]));
  say([`cord run ${shortRun(run.id)}  ${plain(run.goal)}`, ...firstLines(run.options)]);
  for (const node of model.nodes) tell(changeLines(undefined, node));
  return {
    changed: (change) => {
      if (change === null) return;
      const next = notices.unlessTold(change.previous, inShort(change.next, model.nodes));
      tell(changeLines(change.previous, next));
    },
    notice: (text) => tell([plain(text)]),
    close: () => signals.off(),
  };
}

/** A node that was cancelled because of another says that, and not once more why that one ended. */
function inShort(node: NodeView, nodes: readonly NodeView[]): NodeView {
  return node.status === "cancelled" ? { ...node, reason: new Reasons(nodes).own(node) } : node;
}

/** What is said at once when Ctrl-C was heard: what it does, and what a second one will do. Stops the run. */
function interrupter(model: RunModel, actions: RunActions): () => string {
  let isStopping = false;
  return () => {
    const { agents } = model.view(wallClock());
    const those = agents === 0 ? "" : ` ${counted(agents, "agent")}`;
    const said = isStopping ? `killing${those}` : `stopping${those}; again to kill`;
    isStopping = true;
    actions.onInterrupt();
    return said;
  };
}

function say(lines: readonly string[]): void {
  if (lines.length > 0) tell(lines.join("\n"));
}

/** The line under the tree where a person answers the oldest open question. */
function answerLine(model: RunModel, actions: RunActions, onChange: () => void) {
  let line: LineInput = emptyLine;
  let asked: NodeView | undefined;
  let pending: number | null = null;
  /** what was none of the options, and is taken when it is entered again; with what is said of it */
  let refused: { answer: string; remark: string } | null = null;

  function look(): NodeView | undefined {
    const open = model.nodes.find((node) => isOpenAsk(node) && node.number !== pending);
    if (open?.number !== asked?.number) [line, refused] = [emptyLine, null];
    asked = open;
    return open;
  }

  function submit({ number, question }: NodeView): void {
    const typed = line;
    const answer = typed.text.trim() || (question?.default ?? "");
    if (answer === "") return;
    const other = answer === question?.default || answer === refused?.answer;
    pending = number;
    [line, refused] = [emptyLine, null];
    actions
      .onAnswer(number, answer, other)
      .catch((error: unknown) => {
        pending = null;
        if (!(error instanceof CordError) || error.code !== "invalid") return model.notice(messageOf(error));
        look();
        line = typed;
        refused = { answer, remark: `${error.message} Enter sends it all the same.` };
      })
      .finally(onChange);
  }

  return {
    prompt(): Prompt | null {
      const open = look();
      return open && process.stdin.isTTY ? { label: `answer #${open.number}: `, line } : null;
    },
    remark: () => refused?.remark ?? null,
    key(key: Key): void {
      const open = look();
      if (!open) return;
      if (key.name === "enter") submit(open);
      else line = edit(line, key);
      onChange();
    },
  };
}

/** A terminal that is gone hangs up more than once: on the foreground job, and again when the session's leader has died of it. */
function onSignals(stop: () => void): { off(): void } {
  let isHungUp = false;
  const hangUp = () => {
    if (!isHungUp) stop();
    isHungUp = true;
  };
  const listeners = [
    ["SIGINT", stop],
    ["SIGTERM", stop],
    ["SIGHUP", hangUp],
  ] as const;
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    off: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
