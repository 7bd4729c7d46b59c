import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Pixels in a row of a picture, and rows. */
export const side = 8;

export interface Picture {
  /** Row of the data set, 0-based. */
  readonly row: number;
  /** 64 values from 0 to 16, row by row. */
  readonly pixels: Uint8Array;
  /** The digit that it shows. */
  readonly label: string;
}

/** The 500 pictures that the model never saw, in the order of the split. */
export async function readPictures(folder: string): Promise<Picture[]> {
  const [csv, split] = await Promise.all([
    readFile(join(folder, 'digits.csv'), 'utf8'),
    readFile(join(folder, 'digits_split.json'), 'utf8'),
  ]);
  const lines = csv.trim().split('\n').slice(1);
  const { test } = JSON.parse(split) as { test: number[] };
  return test.map((row) => parseRow(row, lines[row] ?? ''));
}

function parseRow(row: number, line: string): Picture {
  const values = line.split(',');
  if (values.length !== side * side + 1)
    throw new Error(`row ${row} of digits.csv has ${values.length} values`);
  return { row, pixels: Uint8Array.from(values.slice(0, -1), Number), label: values.at(-1)!.trim() };
}
