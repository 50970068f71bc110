/**
 * Reads JSON objects from an output with one object per line. Also handles two objects on one line, other text before
 * or after an object, and a line that another line interrupted.
 */
export class JsonLines {
  /** the beginning of an object whose rest may still come */
  #begun = "";
  /** what came after it, which may be its middle or something else's */
  #between = "";
  /** how many lines have come since it began */
  #waited = 0;

  /** Whether the beginning of an object waits for its rest. */
  get isWaiting(): boolean {
    return this.#begun !== "";
  }

  /** Waits no longer for the rest of an object, and gives its beginning; empty if there is none. */
  giveUp(): string {
    const begun = this.#begun;
    this.#begun = "";
    return begun;
  }

  /** The objects that a line makes whole, in the order in which they began. */
  take(line: string): unknown[] {
    this.#waited += 1;
    if (this.#waited > maxWaited) this.#begun = "";
    const whole = parsed(line);
    if (whole !== null) return [whole];
    const joined = this.#begun === "" ? null : this.#joined(line);
    if (joined !== null) return [joined];
    const apart = takenApart(line);
    if (apart === null) {
      this.#keep(line);
      return [];
    }
    const [before, last] = apart;
    return before.trim() === "" ? [last] : [...this.take(before), last];
  }

  #joined(line: string): unknown {
    if (this.#begun.length + this.#between.length + line.length > maxLength) {
      this.#begun = "";
      return null;
    }
    const value =
      parsed(this.#begun + line) ??
      (this.#between === "" ? null : parsed(this.#begun + this.#between + line));
    if (value !== null) this.#begun = "";
    return value;
  }

  #keep(line: string): void {
    if (objectStart.test(line)) {
      this.#begun = line;
      this.#between = "";
      this.#waited = 0;
    } else if (this.#begun !== "") this.#between += line;
  }
}

/** Of what is longer no rest is waited for. */
const maxLength = 16 * 1024 * 1024;
/** The rest of a broken line comes within this many lines, or never. */
const maxWaited = 8;
/** So many characters are tried for an object inside a line. */
const maxTried = 64 * 1024 * 1024;

const objectStart = /^\s*\{\s*(?:"|$)/;

/**
 * An object at the end of a line, and the text before it; null if there is none. The first that can be read is the
 * outermost.
 */
function takenApart(line: string): [before: string, last: unknown] | null {
  let tried = 0;
  for (let at = line.indexOf('{"', 1); at >= 0 && tried < maxTried; at = line.indexOf('{"', at + 1)) {
    tried += line.length - at;
    const last = parsed(line.slice(at));
    if (last !== null) return [line.slice(0, at), last];
  }
  return null;
}

/** The object that a text is, with other text behind it or without; null if it is none. */
function parsed(text: string): object | null {
  const end = text.lastIndexOf("}") + 1;
  if (end === 0 || !objectStart.test(text)) return null;
  return objectIn(text) ?? (text.slice(end).trim() === "" ? null : objectIn(text.slice(0, end)));
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
