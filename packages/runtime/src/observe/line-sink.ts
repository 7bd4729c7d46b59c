import type { Disk } from '@skerry/kit';
import type { LineSink } from './access-log.ts';

/** The file at `path`, at whose end lines are put; `-` for the standard output. */
export async function openLineSink(disk: Disk, path: string): Promise<LineSink> {
  return path === '-' ? standardOutput : disk.openAppend(path);
}

const standardOutput: LineSink = {
  write: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    }),
  close: async () => {},
};
