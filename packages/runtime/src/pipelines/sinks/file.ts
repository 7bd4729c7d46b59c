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

/** Appends each result to a file, a line of JSON each. What takes the file away takes care of its size. */
export function fileSink({ disk, clock, logger, path }: FileSinkOptions): LocalSink {
  let file: AppendFile | undefined;
  const open = async () => {
    await disk.makeFolder(dirname(path));
    return disk.openAppend(path);
  };
  const append = async (line: string) => {
    file ??= await open();
    try {
      await file.write(Buffer.from(line));
    } catch (error) {
      await file.close().catch(() => {});
      file = undefined;
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
      await file?.close();
    },
  };
}
