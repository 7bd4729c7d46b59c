import { dirname } from 'node:path';
import type { AppendFile, Clock, Disk, Logger } from '@skerry/kit';
import { localAction } from './local-action.ts';
import type { LocalSink } from './sink.ts';

export interface FileSinkOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly path: string;
}

/**
 * Appends each result to a file, a line of JSON each. What takes the file away takes care of its size, and finds what
 * comes next in its place.
 */
export function fileSink({ disk, clock, logger, path }: FileSinkOptions): LocalSink {
  let file: AppendFile | undefined;
  let isCut = false;
  const shut = async () => {
    const before = file;
    file = undefined;
    await before?.close();
  };
  const open = async () => {
    await disk.makeFolder(dirname(path));
    isCut = await endsWithinLine(disk, path);
    return disk.openAppend(path);
  };
  const append = async (line: string) => {
    if (file && (await disk.stat(path))?.size !== file.size) await shut();
    file ??= await open();
    try {
      await file.write(Buffer.from(isCut ? `\n${line}` : line));
      isCut = false;
    } catch (error) {
      await shut().catch(() => {});
      throw error;
    }
  };
  const action = localAction({
    clock,
    logger: logger.child({ file: path }),
    act: (event) => append(`${JSON.stringify(event)}\n`),
  });
  return {
    ...action,
    async close() {
      await action.close();
      await shut();
    },
  };
}

const NEWLINE = 10;

/** As a power cut or a full disk leaves it, or the disk does not read it: what follows begins a line of its own. */
async function endsWithinLine(disk: Disk, path: string): Promise<boolean> {
  const size = (await disk.stat(path))?.size ?? 0;
  if (size === 0) return false;
  const file = await disk.openRead(path);
  const last = await file.read(size - 1, 1).catch(() => undefined);
  await file.close();
  return last?.[0] !== NEWLINE;
}
