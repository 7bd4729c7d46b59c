import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchHeader, encodeBatch, joinEvents } from '@skerry/contracts';
import { manualClock } from '@skerry/kit/testing';
import { type BatchOptions, takeBatches } from './batches.ts';

const uuid = '01900000-0000-7000-8000-00000000000a';
const COUNT = 400;

test('no more batches are unpacked than are stored soon, the rest wait as they came', async () => {
  let unpacked = 0;
  const stored: (() => void)[] = [];
  const take = takeBatches({
    clock: manualClock(),
    sessions: { current: () => ({}), tell() {} },
    admission: { isReturning: () => false, brings: () => () => {}, took() {} },
    meter: { acknowledged() {} },
    compression: {
      gunzip: async (body: Uint8Array) => {
        unpacked += 1;
        return body;
      },
    },
    hasSpace: () => true,
    warn: async () => {},
    ingest: () =>
      new Promise((resolve) =>
        stored.push(() => resolve({ position: { epoch: 1, acknowledged: COUNT, hash: '' } })),
      ),
  } as unknown as BatchOptions);
  const header: BatchHeader = {
    session: uuid,
    producer: 'runtime',
    stream: 'result',
    epoch: 1,
    first: 1,
    count: COUNT,
  };
  const packet = encodeBatch(header, Buffer.from(joinEvents(Array.from({ length: COUNT }, () => '{}'))));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const all = Array.from({ length: 10 }, () => take({ projectId: uuid, deviceId: uuid }, packet, 0));
  await settle();
  assert.deepEqual([unpacked, stored.length], [4, 4]);
  stored.shift()!();
  await settle();
  assert.equal(unpacked, 5, 'what is stored makes room for the next');
  while (stored.length > 0) {
    stored.shift()!();
    await settle();
  }
  await Promise.all(all);
  assert.equal(unpacked, 10);
});
