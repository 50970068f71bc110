import { expect, test } from "bun:test";
import { holdersOf } from "../../src/store/lifecycle/reservations.ts";
import type { ReservationRow } from "../../src/store/tables/reservations.ts";

const row: ReservationRow = {
  id: "one",
  project: null,
  agent: "alice",
  folder: "/work",
  patterns: '["src/a.ts"]',
  shared: 0,
  reason: null,
  mode: "warn",
  refused: null,
  epoch: 1,
  lease_ms: 60_000,
  lease_due: 60_000,
  until_at: 60_000,
  created_at: 0,
};

test("a look at more reservations than its effort allows ends there, also where no pattern has a wildcard", () => {
  const rows = Array.from({ length: 1000 }, () => row);
  const effort = { left: 100 };
  expect(holdersOf(rows, { ways: new Map([["/work", ["src/b.ts"]]]), ignoresCase: false }, effort)).toEqual(
    [],
  );
  expect(effort.left).toBeGreaterThan(-10);
});
