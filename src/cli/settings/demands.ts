import { commandText, plain } from "../../core/text.ts";
import type { Setting } from "./settings.ts";

/** A setting of a project's file that holds only if its person has agreed to the file, and what it does, in words. */
export interface Demand {
  setting: Setting;
  says: string;
}

/**
 * What settings of projects raise or run: they are somebody else's text. What lowers a limit needs nobody's word. `isGiven`
 * says of which keys the person has said otherwise by a flag.
 */
export function demandsOf(
  settings: Iterable<Setting>,
  isGiven: (key: string) => boolean = () => false,
): Demand[] {
  const inOrder = [...settings].toSorted((a, b) => (a.from?.line ?? 0) - (b.from?.line ?? 0));
  return inOrder.flatMap((setting) => {
    const says = setting.from?.file.owner === "project" && !isGiven(setting.key) ? raises(setting) : null;
    return says === null ? [] : [{ setting, says }];
  });
}

/** `.cord/config.toml:3: runs a command: …` */
export function demandLine({ setting, says }: Demand): string {
  const { from } = setting;
  return plain(`${from?.file.path}:${from?.line}: ${says}`);
}

const commands: ReadonlySet<string> = new Set(["check", "notify", "setup"]);
const rising: ReadonlySet<string> = new Set([
  "budget",
  "total-budget",
  "total-tokens",
  "jobs",
  "max-depth",
  "max-nodes",
  "max-children",
  "stall",
  "timeout",
  "check-timeout",
]);
/** From what may do the least. Those beside them are as much as the last but one. */
const permissions: readonly string[] = [
  "plan",
  "dontAsk",
  "default",
  "acceptEdits",
  "auto",
  "bypassPermissions",
];

/** Null: it only makes less of a run. What the user has not set at all is what cord's default is. */
function raises({ key, value, text, below }: Setting): string | null {
  const before = trusted(below);
  if (value === before?.value) return null;
  if (commands.has(key)) {
    if (value !== "") return `runs a command (${key}): ${commandText(String(value))}`;
    return before === null ? null : `takes back ${key}`;
  }
  if (key === "agent") return `has ${text} work on nodes`;
  if (rising.has(key)) {
    const isMore = typeof value === "number" && typeof before?.value === "number" && value > before.value;
    return isMore ? `raises ${key} from ${before.text} to ${text}` : null;
  }
  if (key === "permission-mode") {
    const rank = (mode: unknown) => permissions.indexOf(String(mode));
    return rank(value) > rank(before?.value) ? `lets agents do more unasked: permission-mode ${text}` : null;
  }
  return takesBack(key, value, before) ? `takes back ${key}` : null;
}

/** Whether less holds a run back than its person has set. */
function takesBack(key: string, value: unknown, before: Setting | null): boolean {
  if (before === null) return false;
  if (key === "isolate" || key === "rehearse") return value === false;
  if (key === "on-limit") return value === "wait";
  // of a scope the wider is "all"; true is that of the root
  return key === "plan" && before.value !== false && (value === false || before.value === "all");
}

/** What holds below all of the project's files. */
function trusted(setting: Setting | null): Setting | null {
  return setting?.from?.file.owner === "project" ? trusted(setting.below) : setting;
}
