import type { EachRow, SqliteValue } from './sqlite-messages.ts';

/** The rows by their columns; of a column whose values are all the same there is one. */
export function eachRow<Row>(rows: readonly Row[], columns: readonly (keyof Row)[]): EachRow {
  const valuesOf = (column: keyof Row): SqliteValue[] => {
    const values = rows.map((row) => row[column] as SqliteValue);
    return values.every((value) => value === values[0]) ? values.slice(0, 1) : values;
  };
  return { rows: rows.length, columns: columns.map(valuesOf) };
}

/** Those of one row, in the order of the columns. */
export const valuesAt = ({ columns }: EachRow, row: number): SqliteValue[] =>
  columns.map((values) => values[values.length === 1 ? 0 : row]!);

/** The indexes of the rows that touch nothing, when `run` is done for each. */
export function idleRows(each: EachRow, run: (values: SqliteValue[]) => { changes: number | bigint }) {
  const idle: { index: number }[] = [];
  for (let index = 0; index < each.rows; index++)
    if (run(valuesAt(each, index)).changes === 0) idle.push({ index });
  return idle;
}
