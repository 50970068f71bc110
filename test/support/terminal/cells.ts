import type { IBufferCell, Terminal } from "@xterm/headless";

/** A run of cells of one row that look alike. Columns count from 0. */
export interface Piece {
  column: number;
  /** in cells: a wide character has two */
  width: number;
  text: string;
  look: Look;
}

export interface Look {
  /** a colour of the terminal's palette; null is the default */
  color: number | null;
  isBold: boolean;
  isDim: boolean;
  isItalic: boolean;
  isUnderlined: boolean;
  isInverse: boolean;
}

/** What is on a terminal's screen, row by row, without the blanks at a row's end that have no look. */
export function piecesOf(terminal: Terminal): Piece[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    const pieces: Piece[] = [];
    for (let column = 0; line !== undefined && column < terminal.cols; column += 1) {
      const cell = line.getCell(column);
      if (cell !== undefined && cell.getWidth() > 0) add(pieces, column, cell);
    }
    return trimmed(pieces);
  });
}

function add(pieces: Piece[], column: number, cell: IBufferCell): void {
  const [look, text, width] = [lookOf(cell), cell.getChars() || " ", cell.getWidth()];
  const last = pieces.at(-1);
  if (last === undefined || !Bun.deepEquals(last.look, look)) {
    pieces.push({ column, width, text, look });
    return;
  }
  last.text += text;
  last.width += width;
}

function lookOf(cell: IBufferCell): Look {
  return {
    color: cell.isFgPalette() ? cell.getFgColor() : null,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
    isItalic: cell.isItalic() !== 0,
    isUnderlined: cell.isUnderline() !== 0,
    isInverse: cell.isInverse() !== 0,
  };
}

function trimmed(pieces: Piece[]): Piece[] {
  const last = pieces.at(-1);
  if (last === undefined || last.look.isInverse) return pieces;
  const text = last.text.trimEnd();
  last.width -= last.text.length - text.length;
  last.text = text;
  return text === "" ? pieces.slice(0, -1) : pieces;
}
