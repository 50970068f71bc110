/** One key, or what was pasted. `text` is what it types: empty for all but the name "text". */
export interface Key {
  name: KeyName;
  text: string;
}

export type KeyName = "text" | "escape" | NamedKey | `ctrl-${string}` | `alt-${string}`;

type NamedKey = (typeof namedKeys)[keyof typeof namedKeys];

/** What stands between ESC [ (or ESC O) and its end, modifiers taken out. */
const namedKeys = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  Z: "backtab",
  "1~": "home",
  "3~": "delete",
  "4~": "end",
  "5~": "pageup",
  "6~": "pagedown",
  "7~": "home",
  "8~": "end",
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
} as const;

/**
 * Bytes of a terminal in raw mode → keys. Characters and sequences may be split between chunks; what a bracketed
 * paste holds is text, its line breaks spaces, so that no pasted line presses enter.
 */
export class KeyDecoder {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #rest = "";

  push(chunk: Uint8Array): Key[] {
    this.#rest += this.#decoder.decode(chunk, { stream: true });
    return this.#take(false);
  }

  /** Whether a key may have begun that is not whole: a lone escape, too, may be the key or the start of another. */
  get pending(): boolean {
    return this.#rest !== "";
  }

  /** Takes what has come as all there is. A paste goes on until its end. */
  flush(): Key[] {
    return this.#take(true);
  }

  #take(final: boolean): Key[] {
    const keys: Key[] = [];
    for (;;) {
      const taken = takeKey(this.#rest, final);
      if (taken === null) return keys;
      this.#rest = this.#rest.slice(taken.length);
      if (taken.key !== null) keys.push(taken.key);
    }
  }
}

export interface KeyInput {
  isTTY?: boolean;
  isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

interface KeyReaderOptions {
  /** Runs a function later; gives the function that calls it off. */
  schedule?: (run: () => void, ms: number) => () => void;
}

/** Reads keys from a terminal between start and stop. Ctrl-C is a key here too: the terminal sends no signal. */
export class KeyReader {
  readonly #input: KeyInput;
  readonly #onKey: (key: Key) => void;
  readonly #schedule: (run: () => void, ms: number) => () => void;
  #decoder = new KeyDecoder();
  #wasRaw = false;
  #started = false;
  #cancelFlush = (): void => {};

  constructor(input: KeyInput, onKey: (key: Key) => void, { schedule = later }: KeyReaderOptions = {}) {
    this.#input = input;
    this.#onKey = onKey;
    this.#schedule = schedule;
  }

  /** Does nothing where there is no terminal. */
  start(): void {
    if (this.#started || this.#input.isTTY !== true) return;
    this.#started = true;
    this.#decoder = new KeyDecoder();
    this.#wasRaw = this.#input.isRaw === true;
    this.#input.setRawMode?.(true);
    this.#input.on("data", this.#read);
    this.#input.resume();
  }

  /** Gives the terminal back in the mode it was in, and lets the process end. Idempotent. */
  stop(): void {
    if (!this.#started) return;
    this.#started = false;
    this.#cancelFlush();
    this.#input.off("data", this.#read);
    this.#input.setRawMode?.(this.#wasRaw);
    this.#input.pause();
  }

  readonly #read = (chunk: Uint8Array): void => {
    this.#cancelFlush();
    this.#tell(this.#decoder.push(chunk));
    if (!this.#started || !this.#decoder.pending) return;
    this.#cancelFlush = this.#schedule(() => this.#tell(this.#decoder.flush()), escapeMs);
  };

  /** A listener may stop the reader: what came behind that key is dropped. */
  #tell(keys: Key[]): void {
    for (const key of keys) {
      if (this.#started) this.#onKey(key);
    }
  }
}

/**
 * How long an escape waits for the rest of a sequence: longer than a link takes between two bytes that were sent
 * together, and so short that the key itself is answered within 50 ms.
 */
const escapeMs = 20;

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

interface Taken {
  length: number;
  /** Null for a sequence that means nothing here. */
  key: Key | null;
}

/** Control characters stand in strings here, where they are meant. */
const controlRange = String.raw`\x00-\x1f\x7f-\x9f`;
const controls = new RegExp(`[${controlRange}]`, "g");
const typedText = new RegExp(`^[^${controlRange}]+`);

/** ECMA-48 CSI, and SS3 as the cursor keys send it in application mode. */
const escapeSequence = new RegExp(String.raw`^\x1b(?:\[([0-?]*[ -/]*)([@-~])|O([ -~]))`);
const begunSequence = new RegExp(String.raw`^\x1b(?:\[[ -?]*|O)?$`);
const altKey = new RegExp(String.raw`^\x1b([ -NP-Z\\-~])`);

const pasteStart = "\x1b[200~";
const pasteEnd = "\x1b[201~";

/** The first key of the text, or null when there is none or it may not be whole. */
function takeKey(text: string, final: boolean): Taken | null {
  if (text === "") return null;
  if (text.startsWith(pasteStart)) return takePaste(text);
  if (text.startsWith("\x1b")) return takeEscape(text, final);
  const typed = typedText.exec(text)?.[0];
  if (typed !== undefined) return { length: typed.length, key: { name: "text", text: typed } };
  return { length: 1, key: controlKey(text) };
}

function controlKey(text: string): Key | null {
  const named = lookUp(text.slice(0, 1));
  if (named !== null) return named;
  const code = text.charCodeAt(0);
  if (code >= 1 && code <= 26) return { name: `ctrl-${String.fromCharCode(code + 96)}`, text: "" };
  return null;
}

function takePaste(text: string): Taken | null {
  const end = text.indexOf(pasteEnd);
  if (end < 0) return null;
  const pasted = text
    .slice(pasteStart.length, end)
    .replace(/[\r\n\t]+/g, " ")
    .replace(controls, "");
  return { length: end + pasteEnd.length, key: pasted === "" ? null : { name: "text", text: pasted } };
}

function takeEscape(text: string, final: boolean): Taken | null {
  const sequence = escapeSequence.exec(text);
  if (sequence !== null) {
    const [whole, parameters = "", end = "", single = ""] = sequence;
    const first = parameters.split(";")[0] ?? "";
    return { length: whole.length, key: lookUp(single || (end === "~" ? `${first}~` : end)) };
  }
  if (!final && begunSequence.test(text)) return null;
  const other = altKey.exec(text)?.[1];
  if (other !== undefined) return { length: 2, key: { name: `alt-${other}`, text: "" } };
  return { length: 1, key: { name: "escape", text: "" } };
}

function lookUp(code: string): Key | null {
  return isNamed(code) ? { name: namedKeys[code], text: "" } : null;
}

function isNamed(code: string): code is keyof typeof namedKeys {
  return Object.hasOwn(namedKeys, code);
}
