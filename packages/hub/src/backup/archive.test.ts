import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { readArchive, writeArchive } from './archive.ts';
import { parseTarHead, tarHead } from './tar.ts';

const file = fc.record(
  {
    path: fc.stringMatching(/^[a-z0-9]{1,20}(\/[a-z0-9]{1,20}){0,2}$/),
    bytes: fc.uint8Array({ maxLength: 3000 }),
  },
  { noNullPrototype: true },
);
type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

const archived = (files: readonly File[]) =>
  writeArchive(
    files.map(({ path, bytes }) => ({
      path,
      size: bytes.length,
      read: async function* () {
        yield bytes;
      },
    })),
    1_700_000_000,
  );

async function unpacked(bytes: Uint8Array, pieceSize: number): Promise<File[]> {
  const files: File[] = [];
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
  };
  await readArchive(pieces(), async ({ path }, content) => {
    files.push({ path, bytes: new Uint8Array(await joined(content)) });
  });
  return files;
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

test('what is written is read again, in whatever pieces it comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 6 }),
      fc.integer({ min: 1, max: 5000 }),
      async (files, size) => {
        assert.deepEqual(await unpacked(await joined(archived(files)), size), files);
      },
    ),
  );
});

test('an archive that ends early is refused', async () => {
  const whole = await joined(archived([{ path: 'a', bytes: new Uint8Array(700) }]));
  for (const size of [0, 511, 512, 900, 1536]) await assert.rejects(unpacked(whole.subarray(0, size), 100));
});

test('tar of the system reads it', async () => {
  const whole = await joined(archived([{ path: 'keys/root.key', bytes: Buffer.from('secret') }]));
  assert.equal(execFileSync('tar', ['-xO', '-f', '-'], { input: whole }).toString(), 'secret');
  assert.match(
    execFileSync('tar', ['-tv', '-f', '-'], { input: whole }).toString(),
    /^-rw------- .* keys\/root\.key\n$/,
  );
});

test('a file may be larger than eight gigabytes', () => {
  for (const size of [0, 1, 0o77777777777, 0o77777777777 + 1, 64 * 2 ** 30]) {
    assert.deepEqual(parseTarHead(tarHead({ path: 'blob', size }, 0)), { path: 'blob', size });
  }
});
