import { lstatSync, renameSync, type Stats } from "node:fs";
import { posix } from "node:path";
import { CordError } from "../../../core/error.ts";
import { plain } from "../../../core/text.ts";
import type { PlannedEdit } from "../plan.ts";
import {
  absolute,
  checkWritable,
  readText,
  removeFile,
  writeText,
  type RootedPath,
} from "../rooted-files.ts";
import type { Target } from "../targets.ts";
import { block, hasBlock, isShell, ownHook, withBlock, withoutBlock, wrapperOf } from "./hook-text.ts";
import { hookPlace, type HookPlace } from "./hooks-folder.ts";

const aside = "pre-commit.before-cord";
const executable = 0o755;

/** The pre-commit hook as it is. text null: none that cord could write into, as a link, a program or one that is switched off. */
interface Found {
  text: string | null;
  isThere: boolean;
}

/**
 * What is to become of git's pre-commit hook. A script of a shell gets cord's lines; any other hook is put aside, and is called by
 * one of cord's own, so that it goes on as it did. What cannot be done is refused, with what to do by hand.
 */
export function planGuard(root: string): Promise<PlannedEdit> {
  return planned(
    root,
    (refused) => refused,
    (place) => {
      const { text, isThere } = foundAt(place);
      const file = fileAt(place, "pre-commit");
      if (!isThere) {
        const own = place.isHusky ? block : ownHook;
        return edited(
          place,
          undefined,
          own,
          () => void writeText(file, own, place.isHusky ? 0o644 : executable),
        );
      }
      if (text !== null) {
        const guarded = withBlock(text);
        return edited(place, text, guarded, () => void writeText(file, guarded));
      }
      if (statOf(absolute(fileAt(place, aside))) !== null)
        throw new CordError("conflict", `${aside} is in the way of putting it aside`);
      const wrapper = wrapperOf(aside);
      return edited(place, readable(place), wrapper, () => {
        renameSync(absolute(file), absolute(fileAt(place, aside)));
        try {
          writeText(file, wrapper, executable);
        } catch (error) {
          // nothing would call it where it is
          renameSync(absolute(fileAt(place, aside)), absolute(file));
          throw error;
        }
      });
    },
  );
}

/** Takes cord's lines out, and puts back what was put aside. `same` where nothing is of cord's, null where nothing can be. */
export function planUnguard(root: string): Promise<PlannedEdit | null> {
  return planned(
    root,
    () => null,
    (place) => {
      const text = foundAt(place).text ?? undefined;
      const file = fileAt(place, "pre-commit");
      if (text === undefined || !hasBlock(text)) return edited(place, text, text, () => {});
      const left = withoutBlock(text);
      if (text !== wrapperOf(aside) && text !== ownHook && left !== "")
        return edited(place, text, left, () => void writeText(file, left));
      const before = absolute(fileAt(place, aside));
      const isBack = text === wrapperOf(aside) && statOf(before) !== null;
      return edited(place, text, undefined, () =>
        isBack ? renameSync(before, absolute(file)) : removeFile(file),
      );
    },
  );
}

/** noPlace: what is said where git has no hooks that cord would touch. */
async function planned<None>(
  root: string,
  noPlace: (refused: PlannedEdit) => None,
  plan: (place: HookPlace) => PlannedEdit,
): Promise<PlannedEdit | None> {
  const unknown = {
    folder: root,
    path: ".git/hooks/pre-commit",
    shown: "git's pre-commit hook",
    isHusky: false,
  };
  let place: HookPlace;
  try {
    place = await hookPlace(root);
  } catch (error) {
    return noPlace(refused(unknown, error));
  }
  try {
    return plan(place);
  } catch (error) {
    return refused(place, error);
  }
}

function refused(place: HookPlace, error: unknown): PlannedEdit {
  if (!(error instanceof CordError)) throw error;
  const { message: refusal } = error;
  return {
    target: targetAt(place),
    status: "refused",
    before: undefined,
    after: undefined,
    kept: [],
    refusal,
  };
}

function edited(
  place: HookPlace,
  before: string | undefined,
  after: string | undefined,
  act: () => void,
): PlannedEdit {
  const target = targetAt(place);
  if (before === after) return { target, status: "same", before, after, kept: [] };
  checkWritable(target.file);
  const isThere = statOf(absolute(target.file)) !== null;
  const status = !isThere ? "create" : after === undefined ? "delete" : "change";
  // a person may have looked at the plan for a while: what was written meanwhile is theirs
  const unlessChanged = () => {
    if ((statOf(absolute(target.file)) !== null) !== isThere || readable(place) !== before)
      throw new CordError("conflict", "it changed while cord init was at work; run it again");
    act();
  };
  return { target, status, before, after, kept: [], act: unlessChanged };
}

function targetAt(place: HookPlace): Target {
  const edit = {
    put: (text: string | undefined) => ({ text: withBlock(text ?? ""), kept: [] }),
    take: (text: string) => ({ text: withoutBlock(text), kept: [] }),
    isBare: (text: string) => text.trim() === "",
    isNamed: true,
    byHand: () => ({ where: "put this at the beginning of its pre-commit hook", lines: block.trimEnd() }),
  };
  return {
    file: { root: place.folder, path: place.path },
    shown: plain(place.shown),
    title: "git, for all work trees",
    scope: "user",
    edit,
  };
}

/** A hook that its owner has switched off, by taking its permission away, stays off. */
function foundAt(place: HookPlace): Found {
  const stats = statOf(absolute(fileAt(place, "pre-commit")));
  if (stats === null) return { text: null, isThere: false };
  const isOn = place.isHusky || mayRun(stats);
  const text = stats.isFile() && isOn ? readable(place) : undefined;
  if (text === undefined || (!place.isHusky && !isShell(text))) return { text: null, isThere: true };
  return { text, isThere: true };
}

/** Windows keeps no permission to run a file, and git asks for none there. */
export function mayRun({ mode }: Pick<Stats, "mode">, platform = process.platform): boolean {
  return platform === "win32" || (mode & 0o111) !== 0;
}

/** What a person is shown of a hook; undefined for a link, and what is no text. */
function readable(place: HookPlace): string | undefined {
  try {
    return readText(fileAt(place, "pre-commit"))?.text;
  } catch {
    return undefined;
  }
}

/** A file beside the hook. */
function fileAt(place: HookPlace, name: string): RootedPath {
  return { root: place.folder, path: posix.join(posix.dirname(place.path), name) };
}

function statOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}
