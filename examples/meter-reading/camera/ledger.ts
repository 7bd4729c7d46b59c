import { open, readFile } from 'node:fs/promises';

/** One frame that the runtime said is safe. */
export interface Entry {
  readonly frame: number;
  /** Row of the data set that it showed. */
  readonly row: number;
}

export interface Ledger {
  /** Number of the last frame in it, 0 for none. */
  readonly last: number;
  /** Resolves once the entry is on disk. What is written meanwhile shares the next sync. */
  write(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

/** A file of JSON lines that only grows. A torn last line, of a camera that was killed, is cut. */
export async function openLedger(path: string): Promise<Ledger> {
  const entries = await readLedger(path);
  const file = await open(path, 'a', 0o600);
  const good = entries.map(line).join('');
  await file.truncate(Buffer.byteLength(good));
  let queued: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let syncing: Promise<void> | undefined;

  async function sync(): Promise<void> {
    while (queued.length > 0) {
      const group = queued;
      queued = [];
      try {
        await file.write(group.map(({ text }) => text).join(''));
        await file.datasync();
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    syncing = undefined;
  }

  return {
    last: Math.max(0, ...entries.map(({ frame }) => frame)),
    write: (entry) =>
      new Promise((done, failed) => {
        queued.push({ text: line(entry), done, failed });
        syncing ??= sync();
      }),
    async close() {
      await syncing;
      await file.close();
    },
  };
}

/** The entries of a ledger, none where there is no file. */
export async function readLedger(path: string): Promise<Entry[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter(Boolean)
    .map((entry) => JSON.parse(entry) as Entry);
}

function line(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}
