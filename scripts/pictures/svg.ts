import type { Look, Piece } from "../../test/support/terminal/cells.ts";

/** The screen of a terminal as a picture: text that can be read aloud, searched and copied, on a ground of its own. */

export interface Picture {
  /** what it is, in a few words, and what is on it, for who does not see it */
  title: string;
  description: string;
  /** what stands over the window */
  caption: string;
  columns: number;
  rows: readonly (readonly Piece[])[];
}

/** of a cell, in pixels; the font's letters are fitted into it, whichever font there is */
const [cellWidth, cellHeight] = [8, 18];
/** round the cells, and above them for the caption */
const [margin, head] = [16, 34];

export function svgOf({ title, description, caption, columns, rows }: Picture): string {
  const width = columns * cellWidth + 2 * margin;
  const height = rows.length * cellHeight + head + margin;
  const lines = rows.flatMap((pieces, row) =>
    pieces.flatMap((piece) => drawn(piece, head + row * cellHeight)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${style}</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<circle class="light" cx="20" cy="18" r="5"/><circle class="light" cx="37" cy="18" r="5"/><circle class="light" cx="54" cy="18" r="5"/>
<text class="caption" x="${width / 2}" y="22" text-anchor="middle">${escaped(caption)}</text>
${lines.join("\n")}
</svg>
`;
}

/** Colours as GitHub has them on its pages, light and dark: the picture is shown on one of these. */
const colors: readonly (readonly [name: string, light: string, dark: string])[] = [
  ["text", "#1f2328", "#e6edf3"],
  ["back", "#ffffff", "#0d1117"],
  ["edge", "#d1d9e0", "#3d444d"],
  ["c1", "#cf222e", "#ff7b72"],
  ["c2", "#116329", "#3fb950"],
  ["c3", "#7d4e00", "#d29922"],
  ["c4", "#0550ae", "#58a6ff"],
  ["c5", "#8250df", "#bc8cff"],
  ["c6", "#1b7c83", "#39c5cf"],
];

const style = `
svg{${colors.map(([name, light]) => `--${name}:${light}`).join(";")}}
@media(prefers-color-scheme:dark){svg{${colors.map(([name, , dark]) => `--${name}:${dark}`).join(";")}}}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:var(--text)}
.ground{fill:var(--back);stroke:var(--edge)}.light{fill:var(--edge)}.frame{stroke:var(--edge);fill:none}.caption{opacity:.7}
.bold{font-weight:600}.dim{opacity:.65}.italic{font-style:italic}.underlined{text-decoration:underline}
.back{fill:var(--text)}text.inverse{fill:var(--back)}
${[1, 2, 3, 4, 5, 6].map((color) => `.c${color}{fill:var(--c${color})}`).join("")}
`;

function drawn(piece: Piece, top: number): string[] {
  const left = margin + piece.column * cellWidth;
  const { look } = piece;
  const ground = look.isInverse
    ? [
        `<rect class="back" x="${left}" y="${top}" width="${piece.width * cellWidth}" height="${cellHeight}"/>`,
      ]
    : [];
  const frame = framePath(piece, left, top);
  return [
    ...ground,
    ...(frame === "" ? [] : [`<path class="frame" d="${frame}"/>`]),
    ...texts(piece, left, top),
  ];
}

/** The words of a piece: what blanks in a row and frames part stands for itself, so that no font can shift it far. */
function texts({ text, look }: Piece, left: number, top: number): string[] {
  const found: string[] = [];
  let column = 0;
  for (const [word] of text.matchAll(/[─│┌┐└┘]+| {2,}|(?: ?[^ ─│┌┐└┘]+)+| /gu)) {
    const width = Bun.stringWidth(word);
    if (/[^ ─│┌┐└┘]/u.test(word)) {
      const given = `x="${left + column * cellWidth}" y="${top + 13}" textLength="${width * cellWidth}" lengthAdjust="spacingAndGlyphs"`;
      found.push(`<text ${classOf(look)}${given}>${escaped(word)}</text>`);
    }
    column += width;
  }
  return found;
}

function classOf(look: Look): string {
  const names = [
    look.color === null || look.color === 0 || look.color > 6 ? "" : `c${look.color}`,
    look.isBold ? "bold" : "",
    look.isDim ? "dim" : "",
    look.isItalic ? "italic" : "",
    look.isUnderlined ? "underlined" : "",
    look.isInverse ? "inverse" : "",
  ].filter((name) => name !== "");
  return names.length === 0 ? "" : `class="${names.join(" ")}" `;
}

/** Which arms a sign of a frame has: left, right, up, down. */
const arms: Readonly<Record<string, readonly [boolean, boolean, boolean, boolean]>> = {
  "─": [true, true, false, false],
  "│": [false, false, true, true],
  "┌": [false, true, false, true],
  "┐": [true, false, false, true],
  "└": [false, true, true, false],
  "┘": [true, false, true, false],
};

/** Frames are lines, since fonts leave gaps between their signs. */
function framePath({ text }: Piece, left: number, top: number): string {
  const parts: string[] = [];
  let column = 0;
  for (const sign of text) {
    const [toLeft, toRight, up, down] = arms[sign] ?? [false, false, false, false];
    const [x, y] = [left + (column + 0.5) * cellWidth, top + cellHeight / 2];
    if (toLeft || toRight)
      parts.push(`M${toLeft ? x - cellWidth / 2 : x} ${y}H${toRight ? x + cellWidth / 2 : x}`);
    if (up || down) parts.push(`M${x} ${up ? y - cellHeight / 2 : y}V${down ? y + cellHeight / 2 : y}`);
    column += Bun.stringWidth(sign);
  }
  return joined(parts.join(""));
}

/** `M0 9H8M8 9H16` is one line. */
function joined(path: string): string {
  let before = "";
  let now = path;
  while (before !== now) {
    before = now;
    now = now.replaceAll(/H([\d.]+)M\1 [\d.]+H/g, "H");
  }
  return now;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
