import { ImportedAgent, ImportedTask } from "../core/imported.ts";
import { messageOf } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import { nestsDeeper } from "../core/nesting.ts";
import { limits } from "../core/limits.ts";
import { openCoordFile, type CoordFile, type CoordRow } from "../store/import/coord-file.ts";

/**
 * The board before this one, as its file holds it. It is read in the process of the person who asks, and not in the daemon:
 * what a strange file does to its reader, it does to that command alone.
 */
interface CoordBoard {
  counts: ReadonlyMap<string, number>;
  tasks(): Iterable<Read<ImportedTask>>;
  agents(): Iterable<Read<ImportedAgent>>;
  close(): void;
}

/** A row that can be brought over, or why it cannot, a clause. */
export type Read<Row> =
  | { row: Row; bytes: number }
  | { odd: { what: string; why: string; state: string | null } };

export function openCoordBoard(path: string): CoordBoard {
  const file: CoordFile = openCoordFile(path);
  return {
    counts: file.counts(),
    tasks: function* () {
      for (const row of file.tasks()) yield readRow(row, taskOf);
    },
    agents: function* () {
      for (const row of file.agents()) yield readRow(row, agentOf);
    },
    close: () => file.close(),
  };
}

/** Within a call there is more than the row. */
const maxBytes = limits.bodyBytes - 10_000;

function readRow<Row>(row: CoordRow, convert: (values: CoordRow["values"]) => Row): Read<Row> {
  try {
    const [large] = row.tooLarge;
    if (large !== undefined) throw new Error(`its ${large} is over 1 MiB`);
    const converted = convert(row.values);
    const bytes = Buffer.byteLength(JSON.stringify(converted));
    if (bytes > maxBytes) throw new Error("it is over 1 MiB");
    return { row: converted, bytes };
  } catch (error) {
    const { id, state } = row.values;
    const what = typeof id === "string" && id !== "" ? id.slice(0, 64) : `row ${row.row}`;
    return { odd: { what, why: messageOf(error), state: typeof state === "string" ? state : null } };
  }
}

function taskOf(values: CoordRow["values"]): ImportedTask {
  const created_at = timeOf(values, "created_at") ?? fail("it has no created_at");
  return checked(ImportedTask, {
    ...values,
    id: uuidOf(values["id"]),
    kind: values["kind"] ?? "task",
    priority: values["priority"] ?? "normal",
    claimed_by: values["claimed_by"] ?? null,
    payload: jsonOf(values, "payload"),
    result: jsonOf(values, "result"),
    created_at,
    updated_at: timeOf(values, "updated_at") ?? created_at,
    claimed_at: timeOf(values, "claimed_at"),
    lease_until: timeOf(values, "lease_until"),
  });
}

function agentOf(values: CoordRow["values"]): ImportedAgent {
  const first_seen = timeOf(values, "first_seen") ?? fail("it has no first_seen");
  return checked(ImportedAgent, {
    id: values["id"],
    name: values["name"] ?? values["id"],
    first_seen,
    last_seen: timeOf(values, "last_seen") ?? first_seen,
  });
}

function checked<Row>(schema: { safeParse(value: unknown): Parsed<Row> }, value: unknown): Row {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return fail(`its ${String(parsed.error.issues[0]?.path[0] ?? "row")} is not what this board takes`);
}

type Parsed<Row> =
  | { success: true; data: Row }
  | { success: false; error: { issues: readonly { path: readonly PropertyKey[] }[] } };

/** In the one form in which this board keeps ids. */
function uuidOf(id: unknown): unknown {
  const digits = typeof id === "string" ? id.toLowerCase().replaceAll("-", "") : "";
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits);
  return parts === null ? id : parts.slice(1).join("-");
}

/** RFC 3339 with up to nine decimals, of which this board keeps three. */
function timeOf(values: CoordRow["values"], name: string): number | null {
  const text = values[name];
  if (text === null || text === undefined) return null;
  const isTime = typeof text === "string" && rfc3339.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? fail(`its ${name} is no time`) : time;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

function jsonOf(values: CoordRow["values"], name: string): unknown {
  const text = values[name];
  if (text === null || text === undefined) return null;
  if (typeof text !== "string") return fail(`its ${name} is no JSON`);
  if (nestsDeeper(text, maxNested)) return fail(`its ${name} is nested too deep`);
  try {
    return parseJson(text);
  } catch {
    return fail(`its ${name} is no JSON`);
  }
}

/** Less than the limit of a call, because the row is only a part of it. */
const maxNested = limits.nesting - 4;

function fail(why: string): never {
  throw new Error(why);
}
