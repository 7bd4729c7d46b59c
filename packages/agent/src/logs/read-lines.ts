import { type Disk, isSkerryError } from '@skerry/kit';

export interface Line {
  readonly text: string;
  /** Offset behind it in the file, bytes. */
  readonly end: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

/** The lines of a file from an offset on that have come to their end. None where there is no file. */
export async function* readLines(disk: Disk, path: string, from: number): AsyncGenerator<Line> {
  const file = await disk.openRead(path).catch((error) => {
    if (isSkerryError(error, 'FileNotFound')) return undefined;
    throw error;
  });
  if (!file) return;
  try {
    let at = from;
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = await file.read(at + rest.length, CHUNK_BYTES);
      if (chunk.length === 0) return;
      rest = Buffer.concat([rest, chunk]);
      let begin = 0;
      for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, begin)) {
        yield { text: rest.toString('utf8', begin, end), end: at + end + 1 };
        begin = end + 1;
      }
      at += begin;
      rest = rest.subarray(begin);
    }
  } finally {
    await file.close();
  }
}
