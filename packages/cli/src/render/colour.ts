export type Shade = 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold';

/** SGR parameters (ECMA-48 §8.3.117): on and off. */
const codes: Record<Shade, readonly [number, number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Colours a text, or leaves it: a word or a sign always says the same as the colour. */
export type Paint = (shade: Shade | undefined, text: string) => string;

export const plain: Paint = (_shade, text) => text;

export const colourful: Paint = (shade, text) => {
  if (shade === undefined || text === '') return text;
  const [on, off] = codes[shade];
  return `\x1b[${on}m${text}\x1b[${off}m`;
};

/** Colour only on a terminal, and not where NO_COLOR is set to anything (https://no-color.org). */
export function paintFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' ? colourful : plain;
}
