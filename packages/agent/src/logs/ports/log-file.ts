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
  // Forgotten first: a number that could not be closed may soon be another file's.
  const shut = () => {
    const fd = open?.fd;
    open = undefined;
    if (fd !== undefined) closeSync(fd);
  };
  const write = (line: string) => {
    open ??= openAtEnd(path);
    if (open.size > 0 && open.size + Buffer.byteLength(line) + 1 > maxBytes) {
      shut();
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
      shut();
    },
  };
}

function openAtEnd(path: string): Open {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(fd);
    return { fd, size, isCut: size > 0 && !endsWithLine(fd, size) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** What the disk does not read is taken for half a line: a log is written, whatever lies before. */
function endsWithLine(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  try {
    return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
  } catch {
    return false;
  }
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
