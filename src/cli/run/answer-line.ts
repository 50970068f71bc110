import { CordError, messageOf } from "../../core/error.ts";
import type { RunModel } from "../../tui/run/model.ts";
import { isOpenAsk, type NodeView } from "../../tui/run/node-view.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import { edit, emptyLine, type LineInput } from "../../tui/terminal/line-input.ts";
import type { Prompt } from "../../tui/terminal/screen.ts";

/** other: it may be none of the question's options */
export type OnAnswer = (number: number, answer: string, other: boolean) => Promise<void>;

interface Hooks {
  onChange(): void;
  /** It is none of the options, and is taken when it is entered again. */
  onRefused(number: number, remark: string): void;
}

/** The line where a person answers an open question: the one they chose, else the oldest. What they typed is kept while they look elsewhere. */
export class AnswerLine {
  readonly #model: RunModel;
  readonly #onAnswer: OnAnswer;
  readonly #hooks: Hooks;
  #line: LineInput = emptyLine;
  #asked: NodeView | undefined;
  #chosen: number | null = null;
  #pending: number | null = null;
  /** what was none of the options, and is taken when it is entered again */
  #refused: string | null = null;

  constructor(model: RunModel, onAnswer: OnAnswer, hooks: Hooks) {
    this.#model = model;
    this.#onAnswer = onAnswer;
    this.#hooks = hooks;
  }

  /** The question that the line is for; none: nothing is asked. */
  get open(): NodeView | undefined {
    const all = this.#model.nodes.filter((node) => isOpenAsk(node) && node.number !== this.#pending);
    const open = all.find(({ number }) => number === this.#chosen) ?? all[0];
    if (open?.number !== this.#asked?.number) [this.#line, this.#refused] = [emptyLine, null];
    this.#asked = open;
    return open;
  }

  choose(number: number): void {
    this.#chosen = number;
  }

  prompt(): Prompt | null {
    const open = this.open;
    return open ? { label: `answer #${open.number}: `, line: this.#line } : null;
  }

  key(key: Key): void {
    const open = this.open;
    if (!open) return;
    if (key.name === "enter") this.#submit(open);
    else this.#line = edit(this.#line, key);
    this.#hooks.onChange();
  }

  #submit({ number, question }: NodeView): void {
    const typed = this.#line;
    const answer = typed.text.trim() || (question?.default ?? "");
    if (answer === "") return;
    const other = answer === question?.default || answer === this.#refused;
    this.#pending = number;
    [this.#line, this.#refused] = [emptyLine, null];
    this.#onAnswer(number, answer, other)
      .catch((error: unknown) => {
        this.#pending = null;
        if (!(error instanceof CordError) || error.code !== "invalid")
          return this.#model.notice(messageOf(error));
        void this.open;
        this.#line = typed;
        this.#refused = answer;
        this.#hooks.onRefused(number, `${error.message} Enter sends it all the same.`);
      })
      .finally(() => this.#hooks.onChange());
  }
}
