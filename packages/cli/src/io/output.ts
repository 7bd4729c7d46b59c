import { type Paint, paintFor } from '../render/colour.ts';

/** One of the two ways out: results on stdout, all else on stderr. */
export interface Output {
  readonly isTerminal: boolean;
  /** Characters of a line; no limit where there is no terminal, so that nothing is cut that is searched or kept. */
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
  line(text?: string): void;
  /** As it is, without a line's end. */
  write(text: string): void;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>;

export function outputTo(stream: Stream, env: Readonly<Record<string, string | undefined>>): Output {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    get width() {
      return isTerminal ? Math.max(40, stream.columns || 80) : Number.POSITIVE_INFINITY;
    },
    get height() {
      return isTerminal ? stream.rows || 24 : 24;
    },
    paint: paintFor(isTerminal, env),
    line: (text = '') => void stream.write(`${text}\n`),
    write: (text) => void stream.write(text),
  };
}
