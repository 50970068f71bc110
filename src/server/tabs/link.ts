import type { TabSaying } from "../../operations/tabs/control.ts";
import type { Following } from "../../operations/following.ts";

/** More than this is not kept for a bridge that does not read: its stream ends, and it comes back. */
const maxWaiting = 64;

/** One stream to whoever acts for a tab: its bridge, or a plugin in its client. */
export class Link implements Following<TabSaying> {
  #waiting: TabSaying[] = [];
  #stir: (() => void) | null = null;
  #isOver = false;
  readonly #opened: Promise<unknown>;
  readonly #onClose: () => void;

  /** Nothing is said before the tab is opened, and nothing at all where that fails. */
  constructor(opened: (link: Link) => Promise<unknown>, onClose: (link: Link) => void) {
    this.#onClose = () => onClose(this);
    this.#opened = opened(this);
    // whoever asks for the next item is told
    this.#opened.catch(() => this.close());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Where the bridge has not read what it was told before of the tab, only the newest counts. */
  say(saying: TabSaying): void {
    if (this.#isOver) return;
    if (saying.event === "tab") this.#waiting = this.#waiting.filter(({ event }) => event !== "tab");
    this.#waiting.push(saying);
    if (this.#waiting.length > maxWaiting) this.close();
    this.#wakeReader();
  }

  async next(): Promise<readonly TabSaying[] | null> {
    await this.#opened;
    while (!this.#isOver && this.#waiting.length === 0)
      await new Promise<void>((resolve) => (this.#stir = resolve));
    return this.#isOver ? null : this.#waiting.splice(0);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#wakeReader();
    this.#onClose();
  }

  #wakeReader(): void {
    this.#stir?.();
    this.#stir = null;
  }
}
