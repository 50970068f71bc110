import { isAbsolute, join, resolve } from "node:path";
import { environment } from "../../system/environment.ts";
import { applicationFolder } from "../../system/user-folder.ts";
import type { Client } from "../../client/client.ts";
import type { ImportedAgent, ImportedTask, StateCounts } from "../../core/imported.ts";
import { plain } from "../../core/text.ts";
import { openCoordBoard, type Read } from "../../server/coord-board.ts";

/** What came of it. Counts are of tasks, by state. */
interface Brought {
  file: string;
  /** everything was brought over, or was here already */
  ok: boolean;
  there: Readonly<Record<string, number>>;
  added: StateCounts;
  present: StateCounts;
  agents: { added: number; present: number };
  left: { what: string; why: string; state: string | null }[];
}

/**
 * Where coord keeps its database, by the rules of the Rust crate `directories`: its name is dev.coord.coord, of which Linux
 * uses the last part, and Windows the last two.
 */
export function coordFile(): string {
  return environment.COORD_DB || join(coordFolder(), "state.db");
}

function coordFolder(): string {
  const { XDG_DATA_HOME: data = "", APPDATA: roaming = "" } = environment;
  switch (process.platform) {
    case "darwin":
      return applicationFolder("data", "dev.coord.coord");
    case "win32":
      return join(roaming, "coord", "coord", "data");
    default:
      return isAbsolute(data) ? join(data, "coord") : applicationFolder("data", "coord");
  }
}

/** Reads the file and hands it to the daemon, page by page. A second time, or after a break, only what is missing is added. */
export async function bringOver(client: Client, path: string): Promise<Brought> {
  const file = resolve(path);
  const board = openCoordBoard(file);
  const brought: Brought = {
    file,
    ok: false,
    there: Object.fromEntries(board.counts),
    added: {},
    present: {},
    agents: { added: 0, present: 0 },
    left: [],
  };
  const send = async (page: { tasks?: ImportedTask[]; agents?: ImportedAgent[] }) => {
    const done = await client.call("board/import", page);
    add(brought.added, done.added);
    add(brought.present, done.present);
    add(brought.agents, done.agents);
  };
  try {
    for (const agents of pagesOf(board.agents(), brought.left)) await send({ agents });
    for (const tasks of pagesOf(board.tasks(), brought.left)) await send({ tasks });
  } finally {
    board.close();
  }
  return { ...brought, ok: brought.left.length === 0 && isComplete(brought) };
}

const pageRows = 100;
const pageBytes = 500_000;

/** What can be brought over, as much at a time as one call takes; the rest is put aside. */
function* pagesOf<Row>(rows: Iterable<Read<Row>>, left: Brought["left"]): Iterable<Row[]> {
  let page: Row[] = [];
  let size = 0;
  for (const read of rows) {
    if ("odd" in read) {
      left.push(read.odd);
      continue;
    }
    if (page.length === pageRows || (page.length > 0 && size + read.bytes > pageBytes)) {
      yield page;
      page = [];
      size = 0;
    }
    page.push(read.row);
    size += read.bytes;
  }
  if (page.length > 0) yield page;
}

function add(sums: Partial<Record<string, number>>, more: Counts): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + (count ?? 0);
}

/** Each state of the file against what lies in the database now: the states of what was added are read back from there. */
function isComplete({ there, added, present, left }: Brought): boolean {
  return Object.entries(there).every(([state, count]) => count === accounted(state, added, present, left));
}

function accounted(state: string, added: Counts, present: Counts, left: Brought["left"]): number {
  const leftOut = left.filter((odd) => odd.state === state).length;
  return countOf(added, state) + countOf(present, state) + leftOut;
}

type Counts = Readonly<Partial<Record<string, number>>>;

function countOf(counts: Counts, state: string): number {
  return counts[state] ?? 0;
}

/** As many rows as are named; the rest is counted. */
const maxNamed = 20;

export function reportOf({ file, ok, there, added, present, agents, left }: Brought): string {
  const known = agents.added + agents.present;
  const total = Object.values(there).reduce((sum, count) => sum + count, 0);
  const states = Object.keys(there).map((state) =>
    line(state, there[state], countOf(added, state), countOf(present, state)),
  );
  return [
    plain(`${file}: ${total} tasks, ${known} agents`),
    line("", "THERE", "ADDED", "HERE ALREADY"),
    ...states,
    line("agents", known, agents.added, agents.present),
    "",
    ...verdict(ok, left),
  ].join("\n");
}

function line(name: string, ...cells: readonly (string | number | undefined)[]): string {
  return plain(name).padEnd(10) + cells.map((cell = 0) => String(cell).padStart(14)).join("");
}

function verdict(ok: boolean, left: Brought["left"]): string[] {
  if (ok) return ["All of it is here."];
  if (left.length === 0) return ["The counts do not agree. Run it again: what is missing is added."];
  const more = left.length > maxNamed ? [`  … and ${left.length - maxNamed} more (--json names all)`] : [];
  return [
    `Left out, ${left.length}:`,
    ...left.slice(0, maxNamed).map(({ what, why }) => plain(`  ${what}: ${why}`)),
    ...more,
  ];
}
