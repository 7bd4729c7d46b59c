import type { PicturePlan } from './plan.ts';

/** Pixels as a decoder gives them: one byte a channel, row by row, red, green and blue beside each other. */
export interface Pixels {
  readonly data: Uint8Array;
  /** 1 where all are gray, else 3. */
  readonly channels: 1 | 3;
}

/** Elements of a tensor that pictures fill; 16-bit floats as their bits, since those copy faster. */
export type Elements = Float32Array | Uint16Array | Uint8Array | Int8Array;

/** What each of the 256 values of a byte becomes, for every channel of the tensor. */
export type Tables = readonly Elements[];

/** The tables of `(value × scale − mean) ÷ std`. */
export function tablesOf({ input, image, channels }: PicturePlan): Tables {
  const isInteger = input.datatype === 'UINT8' || input.datatype === 'INT8';
  const scale = image.scale ?? (isInteger ? 1 : 1 / 255);
  const depth = channels === 'gray' ? 1 : 3;
  return Array.from({ length: depth }, (_, channel) => {
    const mean = image.mean[channel] ?? image.mean[0]!;
    const std = image.std[channel] ?? image.std[0]!;
    const values = Float64Array.from({ length: 256 }, (_, value) => (value * scale - mean) / std);
    return tableOf(input.datatype, values);
  });
}

function tableOf(datatype: string, values: Float64Array): Elements {
  if (datatype === 'FP16') return new Uint16Array(Float16Array.from(values).buffer);
  if (datatype === 'INT8')
    return Int8Array.from(values, (value) => Math.max(-128, Math.min(127, Math.round(value))));
  return datatype === 'UINT8'
    ? new Uint8Array(Uint8ClampedArray.from(values).buffer)
    : Float32Array.from(values);
}

/** Writes a picture into `target` from `offset` on, in the order of channels and the layout of the plan. */
export function fillPixels(
  { channels, isPlanar }: PicturePlan,
  tables: Tables,
  pixels: Pixels,
  target: Elements,
  offset: number,
): void {
  const area = pixels.data.length / pixels.channels;
  if (channels === 'gray') fillGray(pixels, tables[0]!, target, offset);
  else if (channels === 'rgb') fillColours(pixels, tables, target, offset, isPlanar ? area : 1);
  else
    fillColours(
      pixels,
      tables.toReversed(),
      target,
      offset + (isPlanar ? 2 * area : 2),
      isPlanar ? -area : -1,
    );
}

/** `apart` is how far the channels of one pixel are from each other; red goes first, to `offset`. */
function fillColours(
  { data, channels }: Pixels,
  [reds, greens, blues]: Tables,
  target: Elements,
  offset: number,
  apart: number,
): void {
  const step = Math.abs(apart) === 1 ? 3 : 1;
  const green = channels === 1 ? 0 : 1;
  for (let from = 0, to = offset; from < data.length; from += channels, to += step) {
    target[to] = reds![data[from]!]!;
    target[to + apart] = greens![data[from + green]!]!;
    target[to + 2 * apart] = blues![data[from + 2 * green]!]!;
  }
}

function fillGray({ data, channels }: Pixels, table: Elements, target: Elements, offset: number): void {
  if (channels === 1) for (let i = 0; i < data.length; i++) target[offset + i] = table[data[i]!]!;
  else
    for (let from = 0, to = offset; from < data.length; from += 3, to++)
      target[to] = table[luma(data[from]!, data[from + 1]!, data[from + 2]!)]!;
}

// ITU-R BT.601 in 16-bit fixed point: its three weights add up to 65,536, so that gray stays what it is.
const luma = (red: number, green: number, blue: number) =>
  (red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) >> 16;
