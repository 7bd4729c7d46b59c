import { blockBytes, paddingAfter, parseTarHead, type TarEntry, tarHead } from './tar.ts';

/** A file on its way into an archive. */
export interface ArchiveFile extends TarEntry {
  /** As many bytes as `size` says. */
  read(): AsyncIterable<Uint8Array>;
}

/** A POSIX archive of plain files, in their order. `at`: their time, in seconds since the epoch. */
export async function* writeArchive(
  files: AsyncIterable<ArchiveFile> | Iterable<ArchiveFile>,
  at: number,
): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    yield tarHead(file, at);
    let written = 0;
    for await (const chunk of file.read()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== file.size) throw new Error(`${file.path} has ${written} bytes instead of ${file.size}`);
    yield new Uint8Array(paddingAfter(file.size));
  }
  yield new Uint8Array(2 * blockBytes);
}

/**
 * Calls `take` for each file of an archive, in order; it reads all of the content before it resolves. Throws when the
 * archive is damaged, or ends before its end.
 */
export async function readArchive(
  chunks: AsyncIterable<Uint8Array>,
  take: (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const reader = pieces(chunks);
  try {
    for (;;) {
      const entry = parseTarHead(await reader.exactly(blockBytes));
      if (!entry) break;
      await take(entry, reader.upTo(entry.size));
      await reader.exactly(paddingAfter(entry.size));
    }
    await reader.rest();
  } finally {
    await reader.close();
  }
}

/** Takes a stream of chunks apart at other places than those at which it came. */
function pieces(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();

  /** At most `most` bytes, at least one. */
  const some = async (most: number): Promise<Uint8Array> => {
    while (held.length === 0) {
      const { value, done } = await source.next();
      if (done) throw new Error('it ends before its end');
      held = value;
    }
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    return piece;
  };

  async function* upTo(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      const piece = await some(left);
      left -= piece.length;
      yield piece;
    }
  }

  return {
    upTo,
    async exactly(size: number): Promise<Uint8Array> {
      const parts: Uint8Array[] = [];
      for await (const piece of upTo(size)) parts.push(piece);
      return Buffer.concat(parts);
    },
    /** To the end, where whatever seals the stream has the last word on whether it is whole. */
    async rest(): Promise<void> {
      held = new Uint8Array();
      while (!(await source.next()).done);
    },
    async close(): Promise<void> {
      await source.return?.();
    },
  };
}
