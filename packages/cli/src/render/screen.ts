import { fit } from './clean.ts';

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';

interface Canvas {
  readonly height: number;
  write(text: string): void;
}

/** The terminal's alternate screen (xterm's private modes 1049 and 25), drawn over in place. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** Gives the screen and the cursor back. Calling it again does nothing. */
  close(): void;
}

export function openScreen(canvas: Canvas): Screen {
  let open = true;
  canvas.write(enter);
  return {
    draw(lines) {
      if (!open) return;
      // Never the last line's end: it would scroll.
      const shown = lines.slice(0, canvas.height).map((line) => line + clearLine);
      canvas.write(home + shown.join('\r\n') + clearBelow);
    },
    close() {
      if (open) canvas.write(leave);
      open = false;
    },
  };
}

/** Words in lines of at most `width`; a word that is longer is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((it) => fit(it, width));
}
