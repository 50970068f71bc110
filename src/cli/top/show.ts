import { environment } from "../../system/environment.ts";
import { connect } from "../../client/connect.ts";
import type { Client } from "../../client/client.ts";
import { errors, messageOf } from "../../core/error.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import type { Detail } from "../../tui/top/detail.ts";
import { agentsHeight } from "../../tui/top/agents.ts";
import { topLines } from "../../tui/top/view.ts";
import { hasColor, outputWidth, print } from "../output.ts";
import { projectOf } from "../options.ts";
import { Dashboard } from "./dashboard.ts";
import { follow, readDetail, readSnapshot, type Hearer, type Wanted } from "./feed.ts";
import { RunPages, type RunPage } from "./run-page.ts";
import { TopTerminal } from "./terminal.ts";

/** Keys that are the dashboard's wherever the person is. */
const leaving: ReadonlySet<string> = new Set(["ctrl-c", "ctrl-z", "ctrl-l"]);

interface Flags {
  all: boolean;
  project: string | undefined;
  url: string | undefined;
}

/** One frame on stdout, no taller than it must be; coloured on a terminal only. */
export async function showOnce(flags: Flags): Promise<void> {
  const { client, project } = await openClient(flags);
  const dashboard = new Dashboard(await readSnapshot(client, project), project, "once");
  const width = outputWidth();
  const { model, rows } = dashboard.scene({ width, height: maxLines() });
  const needed = Math.max(rows.length + besideRows, agentsHeight(model, false) + besideRows - 1);
  const height = Math.min(maxLines(), Math.max(needed, minLines));
  const scene = dashboard.scene({ width, height });
  const lines = topLines(scene, { width, height, color: hasColor() });
  await print(
    lines
      .slice(0, -1)
      .map((line) => line.trimEnd())
      .join("\n"),
  );
}

/** The header, the frame and heads of the list, and the line of keys, which means nothing in print. */
const besideRows = 9;
const minLines = 16;

/** The live dashboard until a person leaves it; its exit code. The terminal is given back on every way out. */
export async function showLive(flags: Flags): Promise<number> {
  const { client, project } = await openClient(flags);
  const first = await readSnapshot(client, project);
  const gone = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const dashboard = new Dashboard(first, project, "live");
  const runs = new RunPages(client, {
    onChange: () => terminal.draw(),
    say: (text) => dashboard.say(text),
    lend: (use) => terminal.lend(use),
  });
  const terminal = new TopTerminal({
    draw: (size) => runs.open?.lines(size) ?? topLines(dashboard.scene(size), { ...size, color: hasColor() }),
    prompt: () => (runs.open ? runs.open.prompt() : dashboard.prompt()),
    onKey: (key) => (runs.open && !leaving.has(key.name) ? onRun(runs.open, key) : act(key)),
    onEnd: () => resolve(errors.interrupted.exit),
    onError: reject,
  });
  const changed = () => {
    terminal.draw();
    refreshDetail();
  };
  const look = () => dashboard.wantedDetail(terminal.size);
  const refreshDetail = detailReader(client, look, gone.signal, (detail, seq) => {
    dashboard.showDetail(detail, seq);
    terminal.draw();
  });

  function onRun(page: RunPage, key: Key): void {
    page.key(key, terminal.frameSize);
    terminal.flush();
  }

  function act(key: Key): void {
    const effect = dashboard.press(key, terminal.size);
    switch (effect?.kind) {
      case "quit":
        return resolve(0);
      case "interrupt":
        return resolve(errors.interrupted.exit);
      case "suspend":
        return terminal.suspend();
      case "redraw":
        return terminal.redraw();
      case "cancel":
        cancel(client, effect, dashboard).then(changed, reject);
        break;
      case "run":
        void runs.enter(effect);
    }
    changed();
  }

  try {
    terminal.open();
    changed();
    const hearer = withRunPage(dashboard.hearer(changed, reject), runs);
    follow(client, project, first, hearer, gone.signal).catch(reject);
    return await promise;
  } finally {
    gone.abort();
    runs.leave();
    terminal.close();
  }
}

/** The run that a person has stepped into hears of what was looked at again, too. */
function withRunPage(hearer: Hearer, pages: RunPages): Hearer {
  return {
    ...hearer,
    onRuns: (runs) => {
      pages.open?.refresh(runs);
      hearer.onRuns(runs);
    },
  };
}

async function openClient({ all, project, url }: Flags): Promise<{ client: Client; project: string | null }> {
  return { client: await connect(url), project: all ? null : projectOf(project) };
}

async function cancel(
  client: Client,
  { id, name }: { id: string; name: string },
  dashboard: Dashboard,
): Promise<void> {
  try {
    await client.call("tasks/cancel", { id, reason: "cancelled in cord top" });
    dashboard.say(`Cancelled: ${name}`);
  } catch (error) {
    dashboard.say(messageOf(error));
  }
}

/** Reads the selected task whenever it is another or has changed; one reading at a time, however fast the keys are. */
function detailReader(
  client: Client,
  look: () => Wanted | null,
  signal: AbortSignal,
  onRead: (detail: Detail, seq: number) => void,
): () => void {
  let isReading = false;
  async function read(): Promise<void> {
    for (let wanted = look(); wanted !== null; wanted = look()) {
      const detail = await readDetail(client, wanted, signal);
      if (signal.aborted) return;
      onRead(detail, wanted.seq);
      await Bun.sleep(betweenReadsMs);
    }
  }
  return function refresh(): void {
    if (isReading || signal.aborted) return;
    isReading = true;
    void read().finally(() => (isReading = false));
  };
}

/** As often as a frame is drawn: what changes faster is read when it is seen. */
const betweenReadsMs = 100;

/** Where there is no terminal, LINES may say how many lines there are. */
function maxLines(): number {
  const said = Number(environment.LINES);
  return process.stdout.rows || (Number.isInteger(said) && said >= 16 ? said : 50);
}
