import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sealed, unsealed } from './seal.ts';

/** More than one of the format's chunks. */
const plain = Buffer.alloc(150_000, 'all that the hub keeps ');

const inPieces = async function* (bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 40_000) yield bytes.subarray(at, at + 40_000);
};
async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('a sealed backup', () => {
  let identity: string;
  let other: string;
  let bytes: Buffer;

  before(async () => {
    const age = await import('age-encryption');
    identity = await age.generateX25519Identity();
    other = await age.generateX25519Identity();
    const recipients = [await age.identityToRecipient(identity)];
    bytes = await joined(await sealed(inPieces(plain), { recipients }));
  });
  const open = (sealedBytes: Uint8Array) =>
    joined(unsealed(inPieces(sealedBytes), { identities: [identity] }));

  test('opens with its key, and says nothing without', async () => {
    assert.ok((await open(bytes)).equals(plain));
    assert.ok(!bytes.includes('all that the hub keeps'));
    await assert.rejects(joined(unsealed(inPieces(bytes), { identities: [other] })), {
      code: 'BackupLocked',
    });
  });

  test('is refused when it is cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), (size) =>
        assert.rejects(open(bytes.subarray(0, size)), { code: 'BackupDamaged' }),
      ),
      { numRuns: 40, examples: [[0], [65_552], [65_752], [bytes.length - 1]] },
    );
  });

  test('is refused when a byte of it is another, or chunks change places', async () => {
    const wrong = /^Backup(Damaged|Locked)$/;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const altered = Uint8Array.from(bytes);
        altered[at] = altered[at]! ^ change;
        await assert.rejects(open(altered), ({ code }: { code: string }) => wrong.test(code));
      }),
      { numRuns: 40 },
    );
    const body = bytes.length - (plain.length + 3 * 16);
    const chunk = (number: number) => bytes.subarray(body + number * 65_552, body + (number + 1) * 65_552);
    const swapped = Buffer.concat([bytes.subarray(0, body), chunk(1), chunk(0), chunk(2)]);
    await assert.rejects(open(swapped), { code: 'BackupDamaged' });
  });

  test('opens with its passphrase alone', async () => {
    const small = await joined(await sealed(inPieces(Buffer.from('x')), { passphrase: 'correct horse' }));
    assert.equal((await joined(unsealed(inPieces(small), { passphrase: 'correct horse' }))).toString(), 'x');
    await assert.rejects(joined(unsealed(inPieces(small), { passphrase: 'wrong horse' })), {
      code: 'BackupLocked',
    });
  });

  test('age itself opens it', { skip: noAge() }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skerry-age-'));
    const key = join(folder, 'key.txt');
    await writeFile(key, `${identity}\n`);
    const opened = spawnSync('age', ['--decrypt', '-i', key], { input: bytes });
    await rm(folder, { recursive: true });
    assert.ok(opened.stdout.equals(plain), opened.stderr.toString());
  });

  test('a recipient that is none is named as such', async () => {
    await assert.rejects(sealed(inPieces(plain), { recipients: ['age1nobody'] }), { code: 'BadUsage' });
  });
});

function noAge(): string | false {
  return spawnSync('age', ['--version']).status === 0 ? false : 'needs age';
}
