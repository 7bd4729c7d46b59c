// C0, DEL and C1 controls, bidirectional overrides, line and paragraph separators: what could move the cursor,
// recolour the terminal or hide what a line says.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const harmful = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text of somebody else's on one line of a terminal: what could steer the terminal is shown as `\u{…}`. */
export function clean(text: string): string {
  return text.replace(harmful, (char) => (char === '\t' ? ' ' : `\\u{${char.codePointAt(0)!.toString(16)}}`));
}

/** The same over several lines. */
export function cleanLines(text: string): string {
  return text.split(/\r?\n/).map(clean).join('\n');
}

/** At most `width` characters, the last a `…` where some are missing. Never cuts a character in two. */
export function fit(text: string, width: number): string {
  const chars = [...text];
  if (chars.length <= width) return text;
  return width <= 0 ? '' : `${chars.slice(0, width - 1).join('')}…`;
}

/** How many cells a text without control characters takes. */
export const widthOf = (text: string) => [...text].length;
