import { getStaticTOMLValue, ParseError, parseTOML, type AST } from "toml-eslint-parser";
import { messageOf } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { readHistoryKey, type HistorySettings, type Kept } from "../../core/history.ts";
import { meantBy } from "../../core/spelling.ts";
import { plain, quoted } from "../../core/text.ts";
import { capitalized } from "../../core/wording.ts";
import type { Fault } from "../../plans/plan.ts";

/** What a settings file says of runs: a key of `[run]`, or of `[run.models]` as `models.root`. */
export interface Entry {
  key: string;
  value: unknown;
  /** from 1 */
  line: number;
}

/** What it says of a key of `[history]`. */
export interface HistoryEntry {
  key: keyof HistorySettings;
  kept: Kept;
  /** from 1 */
  line: number;
}

interface ReadFile {
  entries: Entry[];
  faults: Fault[];
  history: HistoryEntry[];
}

/** Reads the settings of runs, and of the history, in a `config.toml`. What else cord keeps there is read elsewhere (client/project). */
export function readSettingsText(text: string): ReadFile {
  const read: ReadFile = { entries: [], faults: [], history: [] };
  try {
    const [top] = parseTOML(text).body;
    for (const node of top.body)
      if (node.type === "TOMLKeyValue") take(node, [], read);
      else if (node.resolvedKey.some((part) => typeof part === "number"))
        read.faults.push(fault(node, "A list of tables is no setting. Write [run]."));
      else {
        const path = node.resolvedKey.map(String);
        const isUnread = path.length === 0 || (isOther(path, node, read) && path[0] !== "history");
        if (isUnread) continue;
        for (const pair of node.body) take(pair, path, read);
      }
  } catch (error) {
    const line = error instanceof ParseError ? error.lineNumber : 1;
    read.faults.push({ line, text: `This is not TOML: ${plain(messageOf(error))}.` });
  }
  return read;
}

const tables: readonly string[] = ["run", "tabs", "history"];
const keys: readonly string[] = ["project", "skills"];

/** Whether a path leads to nothing of a run, which is a fault where nothing else is there. */
function isOther([first = ""]: readonly string[], node: AST.TOMLNode, { faults }: ReadFile): boolean {
  if (first === "run") return false;
  if (first === "skills" && node.type === "TOMLTable") faults.push(fault(node, skillsFault));
  if (tables.includes(first) || keys.includes(first)) return true;
  const meant = meantBy(first, [...tables, ...keys]);
  const hint =
    meant === undefined
      ? 'There are: project, skills, [tabs], [history] and [run], which holds the flags of "cord run"'
      : `Write ${tables.includes(meant) ? `[${meant}]` : meant}`;
  faults.push(fault(node, `There is no ${quoted(first, shownLength)} here. ${hint}.`));
  return true;
}

const shownLength = 64;

function take(node: AST.TOMLKeyValue, above: readonly string[], read: ReadFile): void {
  const own = getStaticTOMLValue(node.key).map(String);
  const [table, ...path] = [...above, ...own];
  if (isOther([table ?? ""], node, read)) return readOther([...above, ...own], node, read);
  add(path, getStaticTOMLValue(node.value), node, read);
}

const skillsFault = 'skills is a list of folders, such as ["~/team/skills"].';

/** What else cord has there is read where it is used; here it is only looked whether it can be. */
function readOther([key, ...deeper]: readonly string[], node: AST.TOMLKeyValue, read: ReadFile): void {
  const value: unknown = getStaticTOMLValue(node.value);
  if (key === "history") return readHistory(deeper, value, { node, read });
  const isRight =
    key === "skills"
      ? deeper.length === 0 && Array.isArray(value) && value.every((one) => typeof one === "string")
      : key !== "project" || (deeper.length === 0 && typeof value === "string");
  if (!isRight)
    read.faults.push(
      fault(node, key === "skills" ? skillsFault : 'project is a text, such as "shop" or "..".'),
    );
}

function readHistory(
  path: readonly string[],
  value: unknown,
  { node, read }: { node: AST.TOMLKeyValue; read: ReadFile },
): void {
  if (path.length === 0 && isTable(value))
    for (const [key, inner] of Object.entries(value)) readHistory([key], inner, { node, read });
  else if (path.length === 0) read.faults.push(fault(node, "history is a table: write [history]."));
  else {
    const one = readHistoryKey(path.join("."), value);
    if ("fault" in one) read.faults.push(fault(node, capitalized(one.fault)));
    else read.history.push({ ...one, line: node.loc.start.line });
  }
}

function add(path: readonly string[], value: unknown, node: AST.TOMLNode, read: ReadFile): void {
  if (isTable(value) && (path.length === 0 || path[0] === "models" || Object.keys(value).length > 0))
    for (const [key, inner] of Object.entries(value)) add([...path, key], inner, node, read);
  else if (path.length === 0)
    read.faults.push(fault(node, "run is a table: write [run], and below it such as jobs = 2."));
  else read.entries.push({ key: path.join("."), value, line: node.loc.start.line });
}

/** A date is none. */
function isTable(value: unknown): value is Record<string, unknown> {
  return isJsonObject(value) && !(value instanceof Date);
}

function fault({ loc }: AST.TOMLNode, text: string): Fault {
  return { line: loc.start.line, text };
}
