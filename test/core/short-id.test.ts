import { describe, expect, test } from "bun:test";
import { boardNumber, shortIds } from "../../src/core/short-id.ts";

describe("short ids", () => {
  test("are the whole millisecond at least, and longer where that is not enough", () => {
    const ids = [
      "019aa4f1-77c2-7000-8000-000000000001",
      "019aa4f1-77c2-7000-9000-000000000002",
      "019aa4f1-77c3-7000-8000-000000000003",
    ];
    expect([...shortIds(ids).values()]).toEqual([
      "019aa4f1-77c2-7000-8",
      "019aa4f1-77c2-7000-9",
      "019aa4f1-77c3",
    ]);
  });

  test("are each the beginning of one id only, among a thousand of one moment", () => {
    const ids = Array.from({ length: 1000 }, () => Bun.randomUUIDv7());
    for (const [id, short] of shortIds(ids)) {
      expect(ids.filter((other) => other.startsWith(short))).toEqual([id]);
    }
  });

  test("of the same id twice are one", () => {
    expect(shortIds(["019aa4f1-77c2-7000", "019aa4f1-77c2-7000"]).size).toBe(1);
    expect(shortIds([]).size).toBe(0);
  });
});

test("a number on the board is written with its sign or without; what begins with 0 is an id's beginning", () => {
  expect(["12", "#12", "999999999"].map(boardNumber)).toEqual([12, 12, 999_999_999]);
  for (const other of ["", "#", "0", "0123", "1234567890", "12a", " 12"])
    expect(boardNumber(other)).toBeNull();
});
