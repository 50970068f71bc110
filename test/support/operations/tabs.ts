import { putTab, type TabRow } from "../../../src/store/tables/tabs.ts";
import type { Rig } from "./rig.ts";

/** A tab that is open, as the daemon writes it. */
export async function openTab(rig: Rig, handle: string, about: Partial<TabRow> = {}): Promise<TabRow> {
  const now = rig.now();
  const nothing = {
    client_version: null,
    conversation: null,
    folder: null,
    pid: null,
    state: null,
    waiting_for: null,
    woken: null,
  };
  const row: TabRow = {
    ...nothing,
    id: Bun.randomUUIDv7(),
    handle,
    chosen: 0,
    project: "p",
    client: "claude",
    wake: "none",
    opened_at: now,
    seen_at: now,
    closed_at: null,
    ...about,
  };
  await rig.store.write((tx) => putTab(tx, row));
  return row;
}
