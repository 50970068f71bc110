import type { TopState } from "./state.ts";

/** How the screen is divided: heights in lines, frames counted in. */
export interface Layout {
  width: number;
  header: number;
  tasks: number;
  /** 0 when there is no detail pane. */
  detail: number;
  /** 0 while the search is typed: its line takes the place. */
  footer: number;
  /** 0 when there is no room for the agents beside the tasks. */
  agentsWidth: number;
  /** How many tasks are seen at once. */
  page: number;
}

/** Null when the screen is too small for anything. */
export function layoutOf(
  { width, height }: { width: number; height: number },
  { detail, typing }: Pick<TopState, "detail" | "typing">,
): Layout | null {
  if (width < 24 || height < 8) return null;
  const header = height >= 16 ? 5 : 1;
  const footer = typing === null ? 1 : 0;
  const body = height - header - footer;
  const detailHeight = detail && body >= 12 ? Math.min(24, Math.floor(body * 0.42)) : 0;
  const tasks = body - detailHeight;
  return {
    width,
    header,
    tasks,
    detail: detailHeight,
    footer,
    agentsWidth: agentsWidthAt(width),
    page: tasks - framed,
  };
}

/** The frame's two lines and the line of heads. */
const framed = 3;

function agentsWidthAt(width: number): number {
  if (width < 72) return 0;
  return width < 100 ? 26 : Math.min(44, Math.floor(width * 0.3));
}
