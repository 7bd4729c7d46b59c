import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLedger, readLedger } from './ledger.ts';

describe('ledger', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skerry-ledger-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('keeps every frame in the order of its sync, and goes on after a restart', async () => {
    const path = join(folder, 'kept.jsonl');
    const ledger = await openLedger(path);
    const entries = Array.from({ length: 100 }, (_, index) => ({ frame: index + 1, row: index }));
    await Promise.all(entries.map((entry) => ledger.write(entry)));
    await ledger.close();
    assert.deepEqual(await readLedger(path), entries);
    const again = await openLedger(path);
    assert.equal(again.last, 100);
    await again.close();
  });

  it('cuts a line that was never finished', async () => {
    const path = join(folder, 'torn.jsonl');
    await appendFile(path, '{"frame":1,"row":5}\n{"frame":2,"ro');
    const ledger = await openLedger(path);
    assert.equal(ledger.last, 1);
    await ledger.write({ frame: 2, row: 6 });
    await ledger.close();
    assert.deepEqual(await readLedger(path), [
      { frame: 1, row: 5 },
      { frame: 2, row: 6 },
    ]);
  });
});
