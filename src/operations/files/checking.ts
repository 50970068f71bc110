import { dirname, isAbsolute } from "node:path";
import type { Moment } from "../../core/moment.ts";
import type { Effort } from "../../core/pattern.ts";
import type { EditedFile, HeldFile } from "../../core/reservation.ts";
import type { ReservationMode } from "../../core/tab.ts";
import { fold } from "../../core/text.ts";
import { appendAgentEvent } from "../../store/tables/events.ts";
import { noteRefused, reservationsIn, type ReservationRow } from "../../store/tables/reservations.ts";
import { holdersOf, type SoughtPath } from "../../store/lifecycle/reservations.ts";
import { foldersAbove, within, type Place } from "../../system/places.ts";
import type { Services } from "../context.ts";
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
  const tab = asked.agent === null ? null : around.tabs.find({ agent: asked.agent });
  const mode = asked.mode ?? tab?.reservations ?? null;
  const folder = asked.folder ?? tab?.row.folder ?? null;
  const known = asked.paths.filter((path) => folder !== null || isAbsolute(path));
  const places = await around.files.places(known, folder ?? "/");
  const files = known.flatMap((path, index) => {
    const place = places[index];
    return place === undefined ? [] : [{ path, place }];
  });
  const effort = { left: maxEffort };
  const own = new Set([...(tab?.actors ?? []), ...(asked.agent === null ? [] : [asked.agent])]);
  const held = await heldIn(around, own, files, effort);
  const shown = held.map(({ path, row }) => {
    const item = toHeld(row, path, around);
    return { ...item, mode: mode ?? item.mode };
  });
  const refused = new Set(
    shown.filter((file) => !asked.isEdit || isRefused(file)).map(({ reservation }) => reservation),
  );
  await noteAllRefused(
    around,
    asked.agent,
    held.filter(({ row }) => refused.has(row.id) && row.shared === 0),
  );
  const isHeldUp = asked.isEdit && shown.some(isRefused);
  const edited = asked.isEdit && !isHeldUp ? await editedIn(around, asked.agent, files) : [];
  return { held: shown.filter((file) => file.mode !== "off"), edited, unchecked: effort.left < 0 };
}

/** Whether an edit of a file that is held is refused. A shared reservation only tells who else is at work there. */
export function isRefused({ mode, shared }: Pick<HeldFile, "mode" | "shared">): boolean {
  return mode === "enforce" && !shared;
}

/** In all that one call compares: some milliseconds. */
const maxEffort = 2_000_000;

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
  return top === null ? foldersAbove(dirname(real), maxFolders) : [top];
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
  agent: string | null,
  held: readonly { row: ReservationRow }[],
): Promise<void> {
  const rows = new Map(held.map(({ row }) => [row.id, row]));
  const news = [...rows.values()].filter(
    ({ refused }) => agent !== null && !refused?.includes(JSON.stringify(agent)),
  );
  if (agent === null || news.length === 0) return;
  await store.write(async (tx) => {
    for (const row of news) await noteRefused(tx, row, agent);
  });
}

async function editedIn(
  { store, files, tabs, now }: Around,
  agent: string | null,
  edits: readonly File[],
): Promise<EditedFile[]> {
  const found = edits.flatMap(({ path, place }) => {
    const file = place.ignoresCase ? fold(place.real) : place.real;
    return files.edited(file, agent).map((other) => ({ ...other, path, real: place.real }));
  });
  const news = found.filter(({ isNews }) => isNews);
  if (agent !== null && news.length > 0) {
    const project = tabs.find({ agent })?.row.project ?? null;
    await store.write(async (tx) => {
      for (const { by, real } of news)
        await appendAgentEvent(tx, { id: agent, name: real, project }, now, {
          type: "files.edited",
          data: { by: agent, path: real, with: by },
        });
    });
  }
  return found.map(({ path, by, agoMs }) => ({ path, by, ago_seconds: Math.round(agoMs / 1000) }));
}
