import { expect, test } from "bun:test";
import { inboxLines } from "../../../src/cli/board/inbox-lines.ts";

test("what an inbox has more of, another look shows; after a peek, which leaves all unread, a longer one", () => {
  const at = "2026-11-26T12:00:00.000Z";
  const inbox = { items: [], notices: [{ reason: "run" as const, line: "run 1 has ended", at }], more: true };
  const look = { now: Date.parse(at), color: false };
  expect(inboxLines(inbox, { ...look, isPeek: false })).toEndWith("cord inbox again shows it.");
  expect(inboxLines(inbox, { ...look, isPeek: true })).toEndWith("--limit shows more at once.");
  expect(inboxLines({ ...inbox, more: false }, { ...look, isPeek: true })).not.toContain("more");
});
