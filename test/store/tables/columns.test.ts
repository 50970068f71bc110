import { describe, expect, test } from "bun:test";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { attemptColumns } from "../../../src/store/tables/attempts.ts";
import { newTask, nodeColumns } from "../../../src/store/tables/task-row.ts";

describe("the list of a table's columns", () => {
  test.each([
    ["tasks", [...new Set(["ordinal", ...nodeColumns, ...Object.keys(newTask)])]],
    ["attempts", Object.keys(attemptColumns)],
  ])("holds each that %s has in the database, and no other", async (table, listed) => {
    const store = openSqlite(":memory:");
    const rows = await store.read((tx) =>
      tx.all<{ name: string }>("SELECT name FROM pragma_table_info(?)", table),
    );
    expect(listed.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
    await store.close();
  });
});
