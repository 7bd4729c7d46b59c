import { clean, fit, widthOf } from './clean.ts';
import { type Paint, plain, type Shade } from './colour.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'right' | undefined;
  /** Columns with a number are left out where the width is too small: the lowest first. */
  readonly drop?: number | undefined;
  /** Takes what is left of the width and is cut there; the last column alone. */
  readonly stretches?: boolean | undefined;
  readonly shade?: ((row: Row) => Shade | undefined) | undefined;
}

export interface TableOptions {
  /** Characters of a line. */
  readonly width: number;
  readonly paint?: Paint | undefined;
}

const gap = '  ';
/** What a stretching column needs to be worth showing. */
const leastStretch = 24;

/** Lines of a table: titles first, texts made safe for a terminal, no line wider than `width`. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, paint = plain }: TableOptions,
): string[] {
  const cells = new Map(columns.map((column) => [column, rows.map((row) => clean(column.text(row)))]));
  const shown = thatFit(columns, (column) => naturalWidth(column, cells.get(column)!), width);
  const widths = widthsOf(shown, (column) => naturalWidth(column, cells.get(column)!), width);
  const line = (
    textOf: (column: Column<Row>) => string,
    shadeOf: (column: Column<Row>) => Shade | undefined,
  ) =>
    shown
      .map((column, index) => {
        const text = pad(fit(textOf(column), widths[index]!), widths[index]!, column.align);
        return paint(shadeOf(column), text);
      })
      .join(gap)
      .trimEnd();
  const titles = line(
    (column) => column.title,
    () => 'dim',
  );
  const body = rows.map((row, index) =>
    line(
      (column) => cells.get(column)![index]!,
      (column) => column.shade?.(row),
    ),
  );
  return [titles, ...body];
}

const naturalWidth = <Row>({ title }: Column<Row>, texts: readonly string[]) =>
  Math.max(widthOf(title), ...texts.map(widthOf));

/** Drops columns, the lowest number first, until the rest fits. */
function thatFit<Row>(
  columns: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): readonly Column<Row>[] {
  const needed = (column: Column<Row>) =>
    column.stretches ? Math.min(leastStretch, natural(column)) : natural(column);
  let shown = [...columns];
  while (sum(shown.map(needed)) + gap.length * (shown.length - 1) > width) {
    const droppable = shown.filter(({ drop }) => drop !== undefined);
    if (droppable.length === 0) break;
    const first = droppable.reduce((a, b) => (b.drop! < a.drop! ? b : a));
    shown = shown.filter((column) => column !== first);
  }
  return shown;
}

function widthsOf<Row>(
  shown: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): number[] {
  const fixed = sum(shown.filter(({ stretches }) => !stretches).map(natural));
  const left = Math.max(1, width - fixed - gap.length * (shown.length - 1));
  return shown.map((column) => (column.stretches ? Math.min(left, natural(column)) : natural(column)));
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, it) => total + it, 0);
