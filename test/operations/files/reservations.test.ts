import { beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tabBounds } from "../../../src/core/limits.ts";
import { EditedFile, HeldFile, Reservation } from "../../../src/core/reservation.ts";
import { isAnythingHeld, renewHeldFiles } from "../../../src/store/lifecycle/sweep.ts";
import { takeUpDeadlines } from "../../../src/store/tables/clock.ts";
import { git, repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { refusal } from "../../support/operations/held.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let top: string;

beforeEach(() => {
  rig = openRig();
  top = repository(temporaryDirectory("reserved"));
});

async function reserve(agentId: string, paths: string[], more: object = {}): Promise<Reservation> {
  return Reservation.parse(await rig.call("files/reserve", { agentId, paths, folder: top, ...more }));
}

const check = (agent: string | undefined, paths: string[], more: object = {}) =>
  rig.call("files/check", { agent, folder: top, paths, ...more });

const Checked = z.object({ held: z.array(HeldFile), edited: z.array(EditedFile) });

async function holders(agent: string | undefined, ...paths: string[]): Promise<string[]> {
  return Checked.parse(await check(agent, paths)).held.map(({ path, by }) => `${path} ${by}`);
}

const eventsOf = (prefix: string) =>
  rig.events
    .filter(({ type }) => type.startsWith(prefix))
    .map(({ type, agent, data }) => ({ type, agent, data }));

describe("a reservation", () => {
  test("is one agent's, until its lease ends, and is an event", async () => {
    const made = await reserve("alice", ["src/api", "README.md"], { reason: "the API", minutes: 10 });
    expect(made).toMatchObject({ agent: "alice", paths: ["src/api", "README.md"], epoch: 1, folder: top });
    expect(made.until).toBe(new Date(rig.now() + 600_000).toISOString());
    expect(await holders("bob", "src/api/a.ts", "src/b.ts", "README.md")).toEqual([
      "src/api/a.ts alice",
      "README.md alice",
    ]);
    expect(await holders("alice", "src/api/a.ts")).toEqual([]);
    expect(eventsOf("files")).toEqual([
      {
        type: "files.reserved",
        agent: "alice",
        data: { by: "alice", patterns: ["src/api", "README.md"], shared: false },
      },
    ]);
    expect(await rig.call("files/list", {})).toEqual([made]);
  });

  test("keeps others from what overlaps it, and says who, until when, why and what to do", async () => {
    await reserve("alice", ["src/**/*.ts"], { reason: "types <b>\u001b[31m" });
    const tried = reserve("bob", ["docs", "src/api"]);
    await expect(tried).rejects.toMatchObject({ code: "conflict", data: { holder: "alice" } });
    await expect(tried).rejects.toThrow(
      'src/**/*.ts is reserved by alice until 00:15 UTC (for 15 min more): "types b". That overlaps src/api. Work on',
    );
    await reserve("bob", ["docs", "src/**/*.md"]);
  });

  test("may be shared with those who share it, and with nobody else", async () => {
    await reserve("alice", ["src"], { shared: true });
    await reserve("bob", ["src/a.ts"], { shared: true });
    await expect(reserve("carol", ["src/a.ts"])).rejects.toMatchObject(refusal("conflict"));
    expect(await holders("bob", "src/a.ts")).toEqual([]);
    expect(await holders("carol", "src/a.ts")).toEqual(["src/a.ts alice", "src/a.ts bob"]);
    await expect(reserve("alice", ["src"])).rejects.toMatchObject(refusal("conflict", "bob"));
  });

  test("begins anew under the next epoch when its agent asks for the same again", async () => {
    const first = await reserve("alice", ["src"], { minutes: 1 });
    rig.advance(50_000);
    const same = await reserve("alice", ["./src/"], { minutes: 2, reason: "longer" });
    expect(same).toMatchObject({ id: first.id, epoch: 2, reason: "longer" });
    rig.advance(60_000);
    await rig.sweep();
    expect(await holders("bob", "src/a.ts")).toEqual(["src/a.ts alice"]);
  });

  test("ends by itself, which is an event that names whom it kept away", async () => {
    await reserve("alice", ["src"], { minutes: 1 });
    await expect(reserve("bob", ["src/a.ts"])).rejects.toMatchObject(refusal("conflict"));
    await expect(reserve("bob", ["src/a.ts"])).rejects.toMatchObject(refusal("conflict"));
    rig.advance(59_999);
    await rig.sweep();
    expect(await holders("bob", "src/a.ts")).toEqual(["src/a.ts alice"]);
    rig.advance(1);
    expect(await holders("bob", "src/a.ts")).toEqual([]);
    await rig.sweep();
    expect(eventsOf("files.expired")).toEqual([
      {
        type: "files.expired",
        agent: "alice",
        data: { by: "alice", patterns: ["src"], shared: false, waiting: ["bob"] },
      },
    ]);
    expect(await rig.call("files/list", {})).toEqual([]);
  });

  test("is renewed at half of its lease while its agent is there, and no longer", async () => {
    const made = await reserve("alice", ["src"], { minutes: 10 });
    const renew = (isOpen: boolean) =>
      renewHeldFiles(rig.store, { now: rig.now(), monotonic: rig.monotonic() }, () => isOpen);
    await renew(true);
    expect(await rig.call("files/list", {})).toEqual([made]);
    rig.advance(300_000);
    await renew(false);
    expect(await rig.call("files/list", {})).toEqual([made]);
    await renew(true);
    const until = new Date(rig.now() + 600_000).toISOString();
    expect(await rig.call("files/list", {})).toEqual([{ ...made, until }]);
    rig.advance(600_000);
    await rig.sweep();
    expect(await rig.call("files/list", {})).toEqual([]);
  });

  test("is not renewed once its tab is gone, as when its client has crashed", async () => {
    rig.advance(60_000);
    const { tabs, presence } = rig.services;
    presence.ask((agent) => tabs.find({ agent }) !== null);
    const hello = { tab: crypto.randomUUID(), client: "claude", wake: "none", wakes: "on" } as const;
    const followed = tabs.follow({ ...hello, handle: "alice", is_chosen: true, reservations: "enforce" });
    await followed.next();
    const made = await reserve("alice", ["src"], { minutes: 1 });
    expect(made.mode).toBe("enforce");
    const renew = () =>
      renewHeldFiles(rig.store, { now: rig.now(), monotonic: rig.monotonic() }, (agent) =>
        presence.isOpen(agent),
      );
    rig.advance(40_000);
    await renew();
    rig.advance(50_000);
    await rig.sweep();
    expect(await holders("bob", "src/a.ts")).toEqual(["src/a.ts alice"]);
    followed.close();
    await renew();
    rig.advance(10_000);
    await rig.sweep();
    expect(await holders("bob", "src/a.ts")).toEqual([]);
  });

  test("keeps a daemon that nobody uses from going, as a claim does, until it has ended", async () => {
    expect(await rig.store.read(isAnythingHeld)).toBe(false);
    await reserve("alice", ["src"], { minutes: 1 });
    expect(await rig.store.read(isAnythingHeld)).toBe(true);
    rig.advance(60_000);
    await rig.sweep();
    expect(await rig.store.read(isAnythingHeld)).toBe(false);
  });

  test("outlives its daemon, and begins anew after another boot", async () => {
    await reserve("alice", ["src"], { minutes: 10 });
    const when = { now: rig.now() + 1000, monotonic: 5 };
    await rig.store.write((tx) => takeUpDeadlines(tx, "another boot", when));
    const [row] = await rig.store.read((tx) =>
      tx.all<{ lease_due: number; until_at: number }>("SELECT lease_due, until_at FROM reservations"),
    );
    expect(row).toEqual({ lease_due: 600_005, until_at: when.now + 600_000 });
  });

  test("is released by its agent, by a person, and by nobody else", async () => {
    const tab = { kind: "tab", agent: null } as const;
    const one = await reserve("alice", ["src", "docs"]);
    await reserve("alice", ["test"]);
    await expect(reserve("bob", ["src"])).rejects.toMatchObject(refusal("conflict"));
    const release = (input: object, caller?: typeof tab) => rig.call("files/release", input, caller);
    await expect(release({ id: one.id, agentId: "bob" })).rejects.toMatchObject(
      refusal("stale_lease", "held by alice"),
    );
    await expect(release({ id: one.id, agentId: "alice", epoch: 7 })).rejects.toMatchObject(
      refusal("stale_lease"),
    );
    await expect(release({ id: one.id }, tab)).rejects.toMatchObject(
      refusal("invalid", "agentId is required"),
    );
    await expect(release({})).rejects.toMatchObject(refusal("invalid", "agentId is required"));
    await expect(release({ agentId: "alice", paths: ["nothing"] })).rejects.toMatchObject(
      refusal("not_found", "You have reserved src, docs, test."),
    );
    expect(await release({ agentId: "alice", paths: [join(top, "docs")] })).toEqual([one]);
    expect(eventsOf("files.released")).toEqual([
      {
        type: "files.released",
        agent: "alice",
        data: { by: "alice", patterns: ["src", "docs"], shared: false, waiting: ["bob"] },
      },
    ]);
    expect(await release({ agentId: "alice" })).toHaveLength(1);
    expect(await release({ agentId: "alice" })).toEqual([]);
    const last = await reserve("alice", ["src"]);
    expect(await release({ id: last.id.slice(0, 30) })).toEqual([last]);
    await expect(release({ id: last.id })).rejects.toMatchObject(refusal("not_found"));
  });

  test("that a person ends is told to who had it", async () => {
    const { id } = await reserve("alice", ["src"]);
    await rig.call("files/release", { id });
    const { rows } = await rig.services.inbox.unread("alice");
    expect(rows.map(({ line }) => line)).toEqual(["your reservation of src was released by human"]);
    await reserve("bob", ["src"]);
    await rig.call("files/release", { agentId: "bob" });
    expect((await rig.services.inbox.unread("bob")).count).toBe(0);
  });

  test("is refused again with the same words when the call is made again", async () => {
    await reserve("alice", ["src"]);
    const again = { request_id: "r1" };
    const first = await reserve("bob", ["src"], again).catch(String);
    await rig.call("files/release", { agentId: "alice" });
    expect(await reserve("bob", ["src"], again).catch(String)).toBe(first);
  });

  test("is one of a bounded number", async () => {
    for (let n = 0; n < tabBounds.reservationsPerAgent; n += 1) await reserve("alice", [`a${n}`]);
    await expect(reserve("alice", ["more"])).rejects.toMatchObject(refusal("limit", "64 reservations"));
    await expect(
      reserve(
        "bob",
        Array.from({ length: 33 }, (_, n) => `b${n}`),
      ),
    ).rejects.toMatchObject(refusal("invalid"));
  });

  test("costs no more than a bounded effort to compare, whatever its patterns are", async () => {
    await reserve("alice", hard("a"));
    await expect(reserve("bob", hard("b"))).rejects.toMatchObject(refusal("limit", "too many wildcards"));
    const answer = await check(
      "bob",
      Array.from({ length: 1000 }, (_, n) => `${"ab".repeat(1000)}${n}`),
    );
    expect(answer).toMatchObject({ unchecked: true });
  });
});

/** Patterns that are hard to compare, and end in a letter of theirs. */
function hard(letter: string): string[] {
  return Array.from({ length: 32 }, (_, n) => `${`*${letter}`.repeat(110)}*${n}${letter}`);
}

test("an agent of a run may ask who holds what it commits, and reserves nothing itself", async () => {
  const runId = await rig.startRun();
  await rig.call("nodes/claim", { run_id: runId, engine: "engine:e", limit: 1 });
  const node = await rig.asNode(runId, 1);
  await reserve("alice", ["src"]);
  const asked = { folder: top, paths: ["src/a.ts"] };
  expect(Checked.parse(await rig.call("files/check", asked, node)).held).toMatchObject([{ by: "alice" }]);
  for (const name of ["files/reserve", "files/release", "files/list"] as const)
    await expect(rig.call(name, asked, node)).rejects.toMatchObject(refusal("not_allowed"));
});

describe("a path of a reservation", () => {
  test("may be absolute, and has to lie in the checkout", async () => {
    expect((await reserve("alice", [join(top, "src/**/*.ts"), top])).paths).toEqual(["src/**/*.ts", "**"]);
    await expect(reserve("bob", ["/etc/passwd"])).rejects.toMatchObject(refusal("invalid", "is not in"));
    await expect(reserve("bob", ["../x"])).rejects.toMatchObject(refusal("invalid", "leads out"));
    const other = repository(temporaryDirectory("other"));
    expect(await reserve("bob", [join(other, "a.ts")])).toMatchObject({ folder: other, paths: ["a.ts"] });
    await expect(reserve("bob", [join(other, "a.ts"), "b.ts"])).rejects.toMatchObject(refusal("invalid"));
    const call = rig.call("files/reserve", { agentId: "bob", paths: ["a.ts"] });
    await expect(call).rejects.toMatchObject(refusal("invalid", "it is not known where you work"));
  });

  test("says itself in which checkout it is, where it is absolute", async () => {
    mkdirSync(join(top, "src"));
    const made = await rig.call("files/reserve", { agentId: "bob", paths: [join(top, "src/new/a.ts")] });
    expect(made).toMatchObject({ folder: top, paths: ["src/new/a.ts"] });
  });

  test("is that of a folder where the disk has one, whatever its name looks like", async () => {
    mkdirSync(join(top, "v1.2"));
    expect((await reserve("alice", ["v1.2", "v1.3"])).paths).toEqual(["v1.2/**", "v1.3"]);
    expect(await holders("bob", "v1.2/a", "v1.3/a")).toEqual(["v1.2/a alice"]);
  });

  test("is looked for where links and .. lead, also to files that are not there yet", async () => {
    mkdirSync(join(top, "src/deep"), { recursive: true });
    symlinkSync("src/deep", join(top, "short"));
    symlinkSync("src/one.ts", join(top, "alias.ts"));
    symlinkSync(top, `${top}-link`);
    await reserve("alice", ["src"]);
    expect(
      await holders(
        "bob",
        "short/new.ts",
        "alias.ts",
        "docs/../src/new/er.ts",
        `${top}-link/src/a.ts`,
        "short/../a.ts",
        "x/../b",
      ),
    ).toEqual([
      "short/new.ts alice",
      "alias.ts alice",
      "docs/../src/new/er.ts alice",
      `${top}-link/src/a.ts alice`,
      "short/../a.ts alice",
    ]);
  });

  test("that is a link is reserved with what it leads to", async () => {
    mkdirSync(join(top, "src"));
    writeFileSync(join(top, "src/one.ts"), "");
    symlinkSync("src", join(top, "link"));
    const made = await reserve("alice", ["link/one.ts", "link/*.md"]);
    expect(made.paths).toEqual(["link/one.ts", "src/one.ts", "link/*.md", "src/*.md"]);
    expect(await holders("bob", "src/one.ts", "src/b.md")).toEqual(["src/one.ts alice", "src/b.md alice"]);
  });

  test("is not held in another worktree, a submodule, or another repository within", async () => {
    writeFileSync(join(top, "a.ts"), "");
    git(top, "add", ".");
    git(top, "commit", "-qm", "a");
    git(top, "worktree", "add", "-q", join(top, "trees/other"));
    repository(join(top, "vendored"));
    await reserve("alice", ["**"]);
    expect(await holders("bob", "a.ts", "trees/other/a.ts", "vendored/a.ts", "trees/new.ts")).toEqual([
      "a.ts alice",
      "trees/new.ts alice",
    ]);
    await rig.call("files/reserve", { agentId: "bob", paths: ["a.ts"], folder: join(top, "trees/other") });
  });

  test("is one file in any case on a disk that ignores it, also one that is not there yet", async () => {
    const { files } = rig.services;
    const { places, checkoutOf } = files;
    files.places = async (...asked) =>
      (await places(...asked)).map((place) => ({ ...place, ignoresCase: true }));
    files.checkoutOf = async (folder) => ({ ...(await checkoutOf(folder)), ignoresCase: true });
    await reserve("alice", ["Src/Api.ts", "Docs/*.MD"]);
    expect(await holders("bob", "src/api.TS", "docs/New.md", "docs/New.txt")).toEqual([
      "src/api.TS alice",
      "docs/New.md alice",
    ]);
    await expect(reserve("bob", ["sRC/aPI.ts"])).rejects.toMatchObject(refusal("conflict"));
  });

  test("counts also outside of any repository", async () => {
    const folder = temporaryDirectory("plain");
    mkdirSync(join(folder, "deep/er"), { recursive: true });
    await reserve("alice", ["deep"], { folder });
    expect(await holders("bob", join(folder, "deep/er/a.ts"), join(folder, "b.ts"))).toEqual([
      `${join(folder, "deep/er/a.ts")} alice`,
    ]);
  });
});

async function edit(agent: string | undefined, paths: string[], more: object = {}): Promise<EditedFile[]> {
  return Checked.parse(await check(agent, paths, { edits: true, ...more })).edited;
}

describe("two who edit one file", () => {
  test("within two minutes hear of it, once each time", async () => {
    expect(await edit("alice", ["a.ts", "b.ts"])).toEqual([]);
    rig.advance(30_000);
    expect(await edit("bob", ["a.ts"])).toEqual([{ path: "a.ts", by: "alice", ago_seconds: 30 }]);
    expect(await edit("alice", ["a.ts"])).toEqual([{ path: "a.ts", by: "bob", ago_seconds: 0 }]);
    expect(await edit("bob", ["a.ts"])).toHaveLength(1);
    const file = join(top, "a.ts");
    expect(eventsOf("files.edited")).toEqual([
      { type: "files.edited", agent: "bob", data: { by: "bob", path: file, with: "alice" } },
    ]);
    rig.advance(tabBounds.editedTogetherMs + 1);
    expect(await edit("bob", ["a.ts"])).toEqual([]);
    expect(await edit("alice", ["a.ts"])).toHaveLength(1);
    expect(eventsOf("files.edited")).toHaveLength(2);
  });

  test("in two worktrees edit two files", async () => {
    git(top, "worktree", "add", "-q", join(top, "../other"));
    await edit("alice", ["a.ts"]);
    expect(await edit("bob", [join(top, "../other/a.ts")])).toEqual([]);
    git(top, "worktree", "remove", "--force", join(top, "../other"));
  });

  test("are told of the others also when nobody knows who they are, and are told of to nobody", async () => {
    await edit("alice", ["a.ts"]);
    expect(await edit(undefined, ["a.ts"])).toHaveLength(1);
    expect(await edit("alice", ["a.ts"])).toEqual([]);
    expect(eventsOf("files.edited")).toEqual([]);
  });

  test("have not both edited it where one was refused", async () => {
    await reserve("alice", ["a.ts"]);
    await edit("bob", ["a.ts"], { mode: "enforce" });
    expect(await edit("alice", ["a.ts"])).toEqual([]);
    await edit("bob", ["a.ts"], { mode: "warn" });
    expect(await edit("alice", ["a.ts"])).toHaveLength(1);
  });
});
