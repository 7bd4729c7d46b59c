import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCompression } from './compression.ts';

const compression = nodeCompression();

test('what is packed is unpacked, within the size that is allowed', async () => {
  const bytes = Buffer.alloc(10_000, 'ab');
  const packed = await compression.gzip(bytes);
  assert.ok(packed.length < 200);
  assert.deepEqual(await compression.gunzip(packed, 10_000), bytes);
  await assert.rejects(compression.gunzip(packed, 9_999), { code: 'PayloadTooLarge' });
});

test('what is no gzip is refused', async () => {
  await assert.rejects(compression.gunzip(Buffer.from('hello'), 100), { code: 'InvalidRequest' });
});
