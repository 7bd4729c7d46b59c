import { open } from 'node:fs/promises';

/** One frame that the runtime said is safe. */
export interface LedgerEntry {
  readonly frame: number;
  /** Row of the data set that it showed. */
  readonly row: number;
}

/** Reads a camera's ledger as it grows: each call gives what was added since the one before. */
export function followLedger(path: string): () => Promise<LedgerEntry[]> {
  let position = 0;
  return async () => {
    const text = await textFrom(path, position);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    position += Buffer.byteLength(whole);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LedgerEntry);
  };
}

async function textFrom(path: string, start: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), {
      position: start,
    });
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}
