import { dirname, isAbsolute } from "node:path";
import type { Moment } from "../../core/moment.ts";
import type { Effort } from "../../core/pattern.ts";
import type { Editor } from "../../core/recent-edits.ts";
import type { EditedFile, HeldFile } from "../../core/reservation.ts";
import type { ReservationMode } from "../../core/tab.ts";
import { fold } from "../../core/text.ts";
import { appendAgentEvent } from "../../store/tables/events.ts";
import {
  noteRefused,
  refusedOf,
  reservationsIn,
  type ReservationRow,
} from "../../store/tables/reservations.ts";
import { holdersOf, maxEffort, type SoughtPath } from "../../store/lifecycle/reservations.ts";
import { within, type Place } from "../../system/places.ts";
import { upwards } from "../../system/upwards.ts";
import type { Services } from "../context.ts";
import type { OpenTab } from "../tabs/control.ts";
import { toHeld } from "./held.ts";

/** Who is about to do what with which files. */
interface Asked {
  /** null: nobody knows, as a person in a shell */
  agent: string | null;
  /** where relative paths begin; null: the agent's tab says it */
  folder: string | null;
  paths: readonly string[];
  /** They are about to be edited. What is not refused is noted as edited. */
  isEdit: boolean;
  /** null: as the agent's tab has it, else as whoever reserved had it */
  mode: ReservationMode | null;
}

interface Checked {
  held: HeldFile[];
  edited: EditedFile[];
  /** there were too many wildcards to compare all of them */
  unchecked: boolean;
}

type Around = Pick<Services, "store" | "files" | "tabs"> & Moment;

/**
 * Which files others hold, each as it counts for who asks, and which others edited in the last two minutes. Two who edit one file
 * together are an event, once in that time. Who is refused an edit hears of the end of the reservation.
 */
export async function checkFiles(around: Around, asked: Asked): Promise<Checked> {
  const { agent, isEdit } = asked;
  const tab = agent === null ? null : around.tabs.find({ agent });
  const mode = asked.mode ?? tab?.reservations ?? null;
  const files = await placed(around, asked, asked.folder ?? tab?.row.folder ?? null);
  const effort = { left: maxEffort };
  const found = await heldIn(around, ownNames(around, agent, tab), files, effort);
  const held = found
    .map((one) => ({
      ...one,
      file: { ...toHeld(one.row, one.path, around), ...(mode === null ? {} : { mode }) },
    }))
    .filter(({ file }) => file.mode !== "off");
  const unchecked = effort.left < 0;
  const refused = held.filter(({ file }) => (isEdit ? isRefused(file) : !file.shared));
  if (agent !== null) await noteAllRefused(around, agent, refused);
  const all = held.map(({ file }) => file);
  if (!isEdit || refused.length > 0) return { held: all, edited: [], unchecked };
  const editor = agent === null ? null : { key: tab?.row.id ?? agent, name: agent };
  return { held: all, edited: await editedIn(around, editor, files, held), unchecked };
}

/** A relative path without a folder means nothing. */
async function placed({ files }: Around, { paths, isEdit }: Asked, folder: string | null): Promise<File[]> {
  const known = paths.filter((path) => folder !== null || isAbsolute(path));
  const places = await files.places(known, folder ?? "/", isEdit ? hookMs : commitMs);
  return known.flatMap((path, index) => {
    const place = places[index];
    return place === undefined ? [] : [{ path, place }];
  });
}

/** A hook waits 150 ms in all, and whoever commits a little longer. */
const hookMs = 100;
const commitMs = 1500;

/** Whose reservations are its own: those of who acts in its tab, too, unless that is another tab's handle by now. */
function ownNames({ tabs }: Around, agent: string | null, tab: OpenTab | null): ReadonlySet<string> {
  const actors = [...(tab?.actors ?? [])].filter((name) => (tabs.find({ agent: name }) ?? tab) === tab);
  return new Set(agent === null ? actors : [...actors, agent]);
}

/** Whether an edit of a file that is held is refused. A shared reservation only tells who else is at work there. */
export function isRefused({ mode, shared }: Pick<HeldFile, "mode" | "shared">): boolean {
  return mode === "enforce" && !shared;
}

interface File {
  path: string;
  place: Place;
}

/** Whoever shares a file's reservation is not told of those who share it, too. */
async function heldIn(
  { store, monotonic }: Around,
  own: ReadonlySet<string>,
  files: readonly File[],
  effort: Effort,
): Promise<{ path: string; row: ReservationRow }[]> {
  const folders = new Set(files.flatMap(({ place }) => foldersFor(place)));
  if (folders.size === 0) return [];
  const rows = await store.read((tx) => reservationsIn(tx, [...folders], monotonic));
  if (rows.every((row) => own.has(row.agent))) return [];
  return files.flatMap(({ path, place }) => {
    const holders = holdersOf(rows, soughtAt(place), effort);
    const sharesIt = holders.some((row) => own.has(row.agent));
    return holders
      .filter((row) => !own.has(row.agent) && !(sharesIt && row.shared === 1))
      .map((row) => ({ path, row }));
  });
}

/** In another checkout a reservation does not hold; outside of any, that of each folder above does. */
function foldersFor({ top, real }: Place): string[] {
  return top === null ? upwards(dirname(real)).take(maxFolders).toArray() : [top];
}

const maxFolders = 64;

/** A link in the checkout has two ways: its own, and that of what it leads to. */
function soughtAt(place: Place): SoughtPath {
  const { named, real, ignoresCase } = place;
  const ways = foldersFor(place).map((folder): [string, string[]] => {
    const own = [within(folder, real), within(folder, named)];
    return [folder, [...new Set(own.flatMap((way) => way ?? []))]];
  });
  return { ways: new Map(ways), ignoresCase };
}

async function noteAllRefused(
  { store }: Around,
  agent: string,
  refused: readonly { row: ReservationRow }[],
): Promise<void> {
  const rows = new Map(refused.map(({ row }) => [row.id, row]));
  const news = [...rows.values()].filter((row) => !refusedOf(row).includes(agent));
  if (news.length === 0) return;
  await store.write(async (tx) => {
    for (const { id } of news) await noteRefused(tx, id, agent);
  });
}

/** Tells of an edit whoever edited the file lately, or has it reserved: once in two minutes. */
async function editedIn(
  { store, files, tabs, now }: Around,
  editor: Editor | null,
  edits: readonly File[],
  held: readonly { path: string; row: ReservationRow }[],
): Promise<EditedFile[]> {
  const nameOf = (other: Editor) => tabs.find({ tab: other.key })?.row.handle ?? other.name;
  const found = edits.flatMap(({ path, place: { real, ignoresCase } }) =>
    files
      .edited(ignoresCase ? fold(real) : real, editor)
      .map((other) => ({ ...other, by: nameOf(other), path, real })),
  );
  const shown = found.map(({ path, by, agoMs }) => ({ path, by, ago_seconds: Math.round(agoMs / 1000) }));
  if (editor === null) return shown;
  const { name: by, key } = editor;
  const real = new Map(edits.map(({ path, place }) => [path, place.real]));
  const news = [
    ...found.filter(({ isNews }) => isNews).map((other) => ({ path: other.real, with: other.by })),
    ...held
      .filter(({ path, row }) => row.shared === 0 && files.isNews(row.agent, `${key} edits ${path}`))
      .map(({ path, row }) => ({ path: real.get(path) ?? path, with: row.agent, reserved: true as const })),
  ];
  if (news.length === 0) return shown;
  const project = tabs.find({ agent: by })?.row.project ?? null;
  await store.write(async (tx) => {
    for (const data of onePerOther(news))
      await appendAgentEvent(tx, { id: by, name: data.path, project }, now, {
        type: "files.edited",
        data: { by, ...data },
      });
  });
  return shown;
}

/** Who has a file reserved and edited it just now hears of it once. */
function onePerOther<News extends { path: string; with: string }>(news: readonly News[]): News[] {
  return [...new Map(news.map((one) => [`${one.with}\n${one.path}`, one])).values()];
}
