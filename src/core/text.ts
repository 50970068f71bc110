/**
 * Text from agents is hostile: a goal, a result or a tool name can hold bytes that control the terminal (colours,
 * titles, links, the clipboard, answers typed back as input) or that hide and reorder what a person reads. All such
 * text passes these functions before it reaches a terminal.
 *
 * Removed are: escape sequences with their payload, all C0 and C1 controls and DEL, bidirectional controls,
 * zero-width and other invisible characters, and tag characters. The joiner between emoji (U+200D) is removed too, so
 * a family shows as its members. A lone surrogate becomes U+FFFD. Both functions run in linear time.
 */

/** The beginning of a text, up to a limit. A surrogate pair at the limit is left out whole. */
export function beginningOf(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** The end of a text, up to a limit. A surrogate pair at the limit is left out whole. */
export function endOf(text: string, max: number): string {
  if (text.length <= max) return text;
  const first = text.charCodeAt(text.length - max);
  return text.slice(first >= 0xdc00 && first <= 0xdfff ? 1 - max : -max);
}

/** At most so many characters of a text; what is cut ends in "…". */
export function shortened(text: string, max: number): string {
  return text.length > max ? `${beginningOf(text, max - 1)}…` : text;
}

/** The text as one line, with one blank for each run of blanks and line breaks. It is not made safe by that. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The text as one line: line breaks and tabs become a space. */
export function plain(text: string): string {
  return hostile.test(text) || !text.isWellFormed() ? strip(text).replace(/[\n\t]/g, " ") : text;
}

/** A command of a shell as a person reads it who is to agree to it: whole, on one line, with nothing pushed out of sight. */
export function commandText(command: string): string {
  return plain(
    command
      .replace(/\s*(?:\r\n?|[\n\v\f\u0085\u2028\u2029])\s*/g, " ⏎ ")
      .replace(/[\t ]{2,}/g, " ")
      .trim(),
  );
}

/** A text within a sentence, between quotation marks: one line, of at most so many characters. */
export function quoted(text: string, max: number): string {
  return JSON.stringify(shortened(plain(text), max));
}

/** The text as lines: line breaks, whatever their style, become "\n", and a tab four spaces. */
export function plainLines(text: string): string {
  return hostile.test(text) || !text.isWellFormed() ? strip(text).replaceAll("\t", "    ") : text;
}

/** A value as JSON, on one line or indented. It reads as the same value; hostile characters are \u escapes. */
export function plainJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent) ?? "null";
  return hostile.test(json) ? json.replace(hidden, escaped) : json;
}

function escaped(text: string): string {
  return text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** Surrogates are fixed first: what stands between two halves must not, once removed, join them. */
function strip(text: string): string {
  return text.toWellFormed().replace(escapeSequence, "").replace(lineBreak, "\n").replace(unseen, "");
}

/**
 * Escape sequences of ECMA-48, in this order:
 *
 * - strings (OSC, DCS, SOS, PM, APC) up to their terminator or to what aborts one - the same after a C1 introducer,
 * but within one line, because a lone U+009D is also a mangled quotation mark - CSI - any other escape
 *
 * A string that never ends loses only its introducer, so that it cannot hide the rest of the text. No two
 * alternatives scan the same characters.
 */
const escapeSequence = new RegExp(
  [
    String.raw`\x1b[\]PX^_][^\x07\x18\x1a\x1b\x9c]*(?:[\x07\x9c]|\x1b\\|(?=[\x18\x1a\x1b]))`,
    String.raw`[\x90\x98\x9d-\x9f][^\x07\n\x18\x1a\x1b\x90\x98\x9c-\x9f]*(?:[\x07\x9c]|\x1b\\)`,
    String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?`,
    String.raw`\x1b[ -/]*[0-~]?`,
  ].join("|"),
  "g",
);

const lineBreak = /\r\n?|[\u2028\u2029]/g;

const invisible = String.raw`\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb`;

/** Characters above U+FFFF are written as surrogates: with the u flag these expressions would be much slower. */
const tagCharacter = String.raw`\udb40[\udc00-\udfff]`;

const unseen = new RegExp(String.raw`[\x00-\x08\x0b-\x1f\x7f-\x9f${invisible}]|${tagCharacter}`, "g");

/** JSON itself leaves no control below U+0020. */
const hidden = new RegExp(String.raw`[\x7f-\x9f\u2028\u2029${invisible}]|${tagCharacter}`, "g");

const hostile = new RegExp(String.raw`[\x00-\x1f\x7f-\x9f\u2028\u2029${invisible}]|${tagCharacter}`);

/**
 * A text as names are searched: whatever its case and its Unicode form. Upper case between lower ones makes one of the
 * letters that have several small forms (ß and ss); a final sigma is a sigma.
 */
export function fold(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase();
  const folded = text.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll("ς", "σ").normalize("NFKC");
}

// eslint-disable-next-line no-control-regex
const plainAscii = /^[\x00-\x7f]*$/;
