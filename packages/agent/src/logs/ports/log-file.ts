import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFileOptions {
  /** Its folder is made if it is not there. Where neither can be made, lines are lost. */
  readonly path: string;
  /** Of one file; the next line begins another. */
  readonly maxBytes: number;
  /** How many are kept: `path`, and before it `path.1`, `path.2` … */
  readonly files: number;
}

export interface LogFile {
  /** Whole lines. One that the disk does not take is lost. */
  write(line: string): void;
  close(): void;
}

interface Open {
  readonly fd: number;
  size: number;
  /** It ends within a line, as a power cut or a full disk leaves it: what follows begins one of its own. */
  isCut: boolean;
}

/**
 * Lines in a file, bounded by beginning another. Written at once: the last words before a crash are the ones that
 * are looked for.
 */
export function openLogFile({ path, maxBytes, files }: LogFileOptions): LogFile {
  let open: Open | undefined;
  let isClosed = false;

  const append = (to: Open, line: string) => {
    const bytes = Buffer.from(to.isCut ? `\n${line}` : line);
    const written = writeSync(to.fd, bytes);
    to.size += written;
    to.isCut = written < bytes.length;
  };
  const write = (line: string) => {
    open ??= openAtEnd(path);
    if (open.size > 0 && open.size + Buffer.byteLength(line) + 1 > maxBytes) {
      closeSync(open.fd);
      open = undefined;
      shift(path, files);
      open = openAtEnd(path);
    }
    append(open, line);
  };
  // A disk that is full must not end what only wanted to say so; it is also said elsewhere.
  const orLost = (work: () => void) => {
    try {
      work();
    } catch {}
  };

  orLost(() => {
    open = openAtEnd(path);
  });
  return {
    write(line) {
      if (!isClosed) orLost(() => write(line));
    },
    close() {
      isClosed = true;
      if (open) closeSync(open.fd);
      open = undefined;
    },
  };
}

function openAtEnd(path: string): Open {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a+', 0o600);
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  const isWhole = size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE);
  return { fd, size, isCut: !isWhole };
}

const NEWLINE = 10;

function shift(path: string, files: number): void {
  for (let number = files - 2; number >= 0; number--)
    renameIfThere(number === 0 ? path : `${path}.${number}`, `${path}.${number + 1}`);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
