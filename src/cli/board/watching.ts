import type { Client } from "../../client/client.ts";
import { sleep } from "../../client/connection/deadline.ts";
import { followEvents } from "../../client/events.ts";
import { errors } from "../../core/error.ts";
import type { Task } from "../../core/task.ts";
import { Screen } from "../../tui/terminal/screen.ts";
import { cutLine, listTasks, scriptRows, type Listed, type Wanted } from "./listing.ts";
import { hasColor, print, printJson } from "../output.ts";
import { taskTable } from "./views.ts";
import { wallClock } from "../../system/wall-clock.ts";

interface Shape {
  json: boolean;
  projects: boolean;
}

/**
 * Shows the list and each change of it: redrawn in place on a terminal, elsewhere one line for each task that came or
 * changed. Returns the exit code.
 */
export async function watchTasks(client: Client, wanted: Wanted, shape: Shape): Promise<number> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of endings) process.once(name, end);
  const view =
    process.stdout.isTTY && !shape.json ? screenView(shape) : lineView(client, shape, () => stop.abort());
  try {
    await follow(client, wanted, stop.signal, view.show);
  } finally {
    for (const name of endings) process.off(name, end);
    await view.close();
  }
  return errors.interrupted.exit;
}

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Shows the list, and after each change of a task the list anew: one reading at a time, however much happens. */
async function follow(
  client: Client,
  wanted: Wanted,
  signal: AbortSignal,
  show: (listed: Listed) => Promise<void>,
): Promise<void> {
  const first = await listTasks(client, wanted);
  await show(first);
  let isStale = false;
  let reading: Promise<void> | null = null;
  const read = async () => {
    while (isStale && !signal.aborted) {
      isStale = false;
      await show(await listTasks(client, wanted));
      await sleep(betweenReadsMs, signal).catch(() => {});
    }
  };
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const { project } = wanted.filter;
  const query: Record<string, string> = project === undefined ? {} : { project };
  const heard = async () => {
    for await (const event of followEvents(client, query, first.seq, signal)) {
      if (event.task_id === null || event.run_id !== null) continue;
      isStale = true;
      reading ??= read()
        .catch(failed.reject)
        .finally(() => (reading = null));
    }
  };
  await Promise.race([heard(), failed.promise]);
  await reading;
}

/** As often as a person can follow. */
const betweenReadsMs = 200;

interface View {
  show(listed: Listed): Promise<void>;
  close(): Promise<void>;
}

function screenView({ projects }: Shape): View {
  const screen = new Screen(process.stdout);
  let shown: Listed = { tasks: [], total: null, seq: 0 };
  const draw = () =>
    screen.draw(({ width, height }) => {
      const cut = cutLine(shown);
      const table = taskTable(shown.tasks, wallClock(), { width, color: hasColor(), projects }).split("\n");
      const lines = [...table, ...(cut === null ? [] : [cut])];
      const hidden = lines.length - height;
      return hidden <= 0 ? lines : [...lines.slice(0, height - 1), `… ${hidden + 1} more lines`];
    });
  // ages grow by themselves
  const tick = setInterval(draw, 1000);
  return {
    show: async (listed) => {
      shown = listed;
      draw();
    },
    close: async () => {
      clearInterval(tick);
      screen.flush();
      screen.restore();
    },
  };
}

/** First all, under their heads, then what is new or has changed, oldest change first. */
function lineView(client: Client, { json, projects }: Shape, onLost: () => void): View {
  const seen = new Map<string, number>();
  let isFirst = true;
  const say = async (tasks: readonly Task[]): Promise<void> => {
    if (json) for (const task of tasks) await printJson(task);
    else {
      const [head, ...rows] = (await scriptRows(client, tasks, projects)).split("\n");
      const lines = isFirst ? [head, ...rows] : rows;
      if (lines.length > 0) await print(lines.join("\n"));
    }
    isFirst = false;
  };
  return {
    async show({ tasks }) {
      const changed = tasks.filter((task) => seen.get(task.id) !== task.seq);
      for (const { id, seq } of changed) seen.set(id, seq);
      const isQuiet = !isFirst && changed.length === 0;
      if (isQuiet) return;
      await say(isFirst ? changed : changed.toSorted((left, right) => left.seq - right.seq)).catch(
        (error: unknown) => {
          onLost();
          throw error;
        },
      );
    },
    close: async () => {},
  };
}
