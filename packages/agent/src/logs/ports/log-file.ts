import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';

export interface LogFileOptions {
  /** Its folder is made if it is not there. */
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
}

/**
 * Lines in a file, bounded by beginning another. Written at once: the last words before a crash are the ones that
 * are looked for.
 */
export function openLogFile({ path, maxBytes, files }: LogFileOptions): LogFile {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
  let open: Open | undefined = openAtEnd(path);
  let isClosed = false;

  const write = (bytes: Buffer) => {
    open ??= openAtEnd(path);
    if (open.size > 0 && open.size + bytes.length > maxBytes) {
      closeSync(open.fd);
      open = undefined;
      shift(path, files);
      open = openAtEnd(path);
    }
    open.size += writeSync(open.fd, bytes);
  };

  return {
    write(line) {
      if (isClosed) return;
      try {
        write(Buffer.from(line));
      } catch {
        // A disk that is full must not end what only wanted to say so; it is also said elsewhere.
      }
    },
    close() {
      isClosed = true;
      if (open) closeSync(open.fd);
      open = undefined;
    },
  };
}

/** A power cut may have left half a line: what follows begins one of its own. */
function openAtEnd(path: string): Open {
  const fd = openSync(path, 'a+', 0o600);
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  if (size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE)) return { fd, size };
  return { fd, size: size + writeSync(fd, '\n') };
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
