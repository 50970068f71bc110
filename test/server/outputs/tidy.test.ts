import { beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { historyDefaults } from "../../../src/core/history.ts";
import { removedSentence } from "../../../src/core/output-removed.ts";
import { keptOutput, readOutput } from "../../../src/engine/process/kept-output.ts";
import { compressFile } from "../../../src/server/outputs/run-output.ts";
import { tidyOutputs, type KnownRun, type Tidied } from "../../../src/server/outputs/tidy.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { expectMode } from "../../support/expect-mode.ts";

const day = 86_400_000;
const now = Date.parse("2026-06-01T12:00:00Z");

let folder: string;
let known: KnownRun[];
/** what one daemon remembers from hour to hour */
let measured: Map<string, { endedAt: number; bytes: number }>;

beforeEach(() => {
  folder = temporaryDirectory("outputs");
  known = [];
  measured = new Map();
});

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
const lines = (bytes: number) =>
  `{"text":"${"a line of what an agent says. ".repeat(10)}"}\n`.repeat(bytes / 310);

/** A run that has been over for some days (null: it is not), with two attempts that have printed so much. */
function run(number: number, days: number | null, bytes = 31_000, needed: string[] = []): string {
  const id = idOf(number);
  for (const attempt of ["1-1", "2-1"]) {
    const dir = join(folder, id, attempt);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "output.jsonl"), lines(bytes));
    writeFileSync(join(dir, "mcp.json"), "{}");
  }
  known.push({ id, endedAt: days === null ? null : now - days * day, needed: new Set(needed) });
  return join(folder, id);
}

const tidy = (
  outputBytes: number,
  more: { maxCompressedBytes?: number; keepDays?: number; settled?: number | null } = {},
): Promise<Tidied> =>
  tidyOutputs({
    folder,
    runs: async (ids) => known.filter(({ id }) => ids.includes(id)),
    settings: {
      keep: { value: (more.keepDays ?? 90) * day, text: `${more.keepDays ?? 90}d` },
      outputs: { value: outputBytes, text: "" },
    },
    now,
    settled: more.settled === undefined ? now : more.settled,
    measured,
    maxCompressedBytes: more.maxCompressedBytes ?? Number.MAX_SAFE_INTEGER,
    signal: new AbortController().signal,
  });

const filesOf = (dir: string) => readdirSync(dir).toSorted();
const lots = historyDefaults.outputs.value;

async function read(dir: string): Promise<string[]> {
  const found = keptOutput(dir);
  const read: string[] = [];
  if ("path" in found) await readOutput(found, (line) => void read.push(line));
  return read;
}

describe("the output of runs", () => {
  test("stays as it is while there is no more of it than there may be", async () => {
    const dir = run(1, 3);
    expect(await tidy(lots)).toMatchObject({ compressedFiles: 0, removedRuns: 0, freed: 0 });
    expect(filesOf(join(dir, "1-1"))).toEqual(["mcp.json", "output.jsonl"]);
  });

  test("is compressed, the oldest first and no more than is needed, and reads as before", async () => {
    const [older, newer] = [run(1, 3), run(2, 2)];
    const before = await read(join(older, "1-1"));
    // room for one of the four as it is
    const done = await tidy(80_000);
    expect(done).toMatchObject({ compressedFiles: 2, removedRuns: 0 });
    expect(done.bytes).toBeLessThan(80_000);
    expect(filesOf(join(older, "1-1"))).toEqual(["mcp.json", "output.jsonl.gz"]);
    expect(filesOf(join(newer, "1-1"))).toEqual(["mcp.json", "output.jsonl"]);
    expect(before).toHaveLength(100);
    expect(await read(join(older, "1-1"))).toEqual(before);
    expectMode(join(older, "1-1/output.jsonl.gz"), 0o600);
  });

  test("is removed, the oldest first, once all is compressed and there is still too much", async () => {
    const [older, newer] = [run(1, 3), run(2, 2)];
    const compressed = await tidy(1);
    expect(compressed).toMatchObject({ compressedFiles: 4, removedRuns: 2 });
    for (const dir of [older, newer]) expect(filesOf(dir)).toEqual(["output-removed.json"]);
    const found = keptOutput(join(older, "1-1"));
    expect(found).toEqual({
      state: "removed",
      removed: { at: "2026-06-01T12:00:00.000Z", setting: "outputs", value: "1 B" },
    });
    if (found.state === "removed")
      expect(removedSentence(found.removed)).toContain(
        "on 2026-06-01: the output of all runs together was larger",
      );
  });

  test("is not removed in the hour in which there is more to compress than is compressed at once", async () => {
    run(1, 3);
    expect(await tidy(1, { maxCompressedBytes: 20_000 })).toMatchObject({
      compressedFiles: 1,
      removedRuns: 0,
    });
    expect(await tidy(1, { maxCompressedBytes: 20_000 })).toMatchObject({
      compressedFiles: 1,
      removedRuns: 1,
    });
  });

  test("is removed by its age, and says by which setting", async () => {
    const [old, young] = [run(1, 31), run(2, 29)];
    expect(await tidy(lots, { keepDays: 30 })).toMatchObject({ removedRuns: 1 });
    expect(keptOutput(join(old, "2-1"))).toMatchObject({
      state: "removed",
      removed: { setting: "keep", value: "30d" },
    });
    expect(filesOf(young)).toEqual(["1-1", "2-1"]);
  });

  test("is not old by a clock that was wrong for less than a week of days, or before that is known", async () => {
    const dir = run(1, 365);
    for (const settled of [null, now - 360 * day]) await tidy(lots, { keepDays: 30, settled });
    expect(filesOf(dir)).toEqual(["1-1", "2-1"]);
  });

  test("of a run that is not over, of one that is in no database, and what the next engine reads, stays whatever its size and age", async () => {
    const [open, other] = [run(1, null), run(2, 500)];
    known.pop();
    const lost = run(3, 500, 31_000, ["2-1"]);
    await tidy(1, { keepDays: 1 });
    for (const dir of [open, other]) expect(filesOf(join(dir, "1-1"))).toEqual(["mcp.json", "output.jsonl"]);
    expect(filesOf(lost)).toEqual(["2-1", "output-removed.json"]);
    expect(await read(join(lost, "2-1"))).toHaveLength(100);
  });

  test("of a run that is opened again meanwhile is left alone", async () => {
    run(1, 500);
    const [first] = known;
    let asked = 0;
    const done = await tidyOutputs({
      folder,
      runs: async () => {
        asked += 1;
        return first === undefined ? [] : [asked === 1 ? first : { ...first, endedAt: null }];
      },
      settings: { keep: { value: day, text: "1d" }, outputs: { value: 1, text: "1B" } },
      now,
      settled: now,
      measured,
      maxCompressedBytes: lots,
      signal: new AbortController().signal,
    });
    expect(done).toMatchObject({ compressedFiles: 0, removedRuns: 0, freed: 0 });
  });

  test("is never looked for behind a link: what it leads to is neither compressed nor removed", async () => {
    const elsewhere = temporaryDirectory("elsewhere");
    for (const dir of ["", "1-1", "check-1"]) {
      mkdirSync(join(elsewhere, dir), { recursive: true });
      writeFileSync(join(elsewhere, dir, "output.jsonl"), lines(31_000));
    }
    const dir = run(1, 500);
    symlinkSync(elsewhere, join(dir, "3-1"));
    mkdirSync(join(dir, "4-1"));
    symlinkSync(join(elsewhere, "output.jsonl"), join(dir, "4-1/output.jsonl"));
    symlinkSync(join(elsewhere, "check-1"), join(dir, "4-1/check-1"));
    symlinkSync(elsewhere, join(folder, idOf(2)));
    known.push({ id: idOf(2), endedAt: 0, needed: new Set() });
    await tidy(1, { keepDays: 1000 });
    await tidy(lots, { keepDays: 1 });
    for (const file of ["output.jsonl", "1-1/output.jsonl", "check-1/output.jsonl"])
      expect(readFileSync(join(elsewhere, file), "utf8")).toBe(lines(31_000));
    expect(filesOf(elsewhere)).toEqual(["1-1", "check-1", "output.jsonl"]);
    expect(keptOutput(join(folder, idOf(2), "1-1")).state).toBe("plain");
  });

  test("that a crash has left in two forms is compressed anew, and its half goes", async () => {
    const dir = join(run(1, 3), "1-1");
    const before = readFileSync(join(dir, "output.jsonl"), "utf8");
    writeFileSync(join(dir, "output.jsonl.gz"), "half of");
    writeFileSync(join(dir, "output.jsonl.gz.part"), "half of");
    expect(await read(dir)).toHaveLength(100);
    await tidy(2000);
    expect(filesOf(dir)).toEqual(["mcp.json", "output.jsonl.gz"]);
    expect(gunzipSync(readFileSync(join(dir, "output.jsonl.gz"))).toString()).toBe(before);
  });

  test("is looked through once, and again when it was changed or its run was opened again", async () => {
    const dir = run(1, 3);
    const { bytes } = await tidy(lots);
    writeFileSync(join(dir, "1-1/more"), "x".repeat(1000));
    expect(await tidy(lots)).toMatchObject({ bytes });
    known = known.map((one) => ({ ...one, endedAt: (one.endedAt ?? 0) + 1 }));
    expect(await tidy(lots)).toMatchObject({ bytes: bytes + 1000 });
    const packed = await tidy(40_000);
    expect(packed.compressedFiles).toBe(1);
    expect(await tidy(lots)).toMatchObject({ bytes: packed.bytes });
  });

  test("is left whole where its daemon ends in the middle", async () => {
    const dir = run(1, 3, 3_100_000);
    const end = new AbortController();
    const path = join(dir, "1-1/output.jsonl");
    const compressing = compressFile(path, end.signal);
    end.abort();
    await expect(compressing).rejects.toThrow();
    expect(filesOf(join(dir, "1-1"))).toEqual(["mcp.json", "output.jsonl"]);
    expect(await compressFile(path, new AbortController().signal)).toBeGreaterThan(3_000_000);
  });

  test("that is damaged says so, and where", async () => {
    const dir = join(run(1, 3), "1-1");
    await tidy(1000, { maxCompressedBytes: 1 });
    const path = join(dir, "output.jsonl.gz");
    expect(existsSync(path)).toBe(true);
    writeFileSync(path, readFileSync(path).subarray(0, 100));
    await expect(read(dir)).rejects.toMatchObject({ code: "failed", message: expect.stringContaining(path) });
  });
});
