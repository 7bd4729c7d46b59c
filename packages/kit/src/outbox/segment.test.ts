import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { OutboxRecord } from './outbox.ts';
import {
  crcSeed,
  decodeHeader,
  dueBehind,
  encodeHeader,
  findRecord,
  firstOfName,
  RECORD_HEADER_BYTES,
  scanRecords,
  segmentName,
  writeRecord,
} from './segment.ts';

const STREAM = '0190a000-0000-7000-8000-0123456789ab';
const SEED = crcSeed(STREAM);
const FIRST = 7;
const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 8 });

/** What the first version wrote: number 7 of {@link STREAM}. */
const HEADER_1 = Buffer.concat([
  Buffer.from('SKERRYOB', 'latin1'),
  Buffer.from(`00000001${STREAM.replaceAll('-', '')}0000000000000007`, 'hex'),
]);

function encode(contents: readonly (Uint8Array | string)[], first = FIRST): Buffer {
  const room = contents.reduce((sum, it) => sum + RECORD_HEADER_BYTES + Buffer.byteLength(it), 0);
  const bytes = Buffer.alloc(room);
  let at = 0;
  for (const [index, content] of contents.entries())
    at = writeRecord(bytes, at, first + index, content, SEED);
  assert.equal(at, room);
  return bytes;
}

/** All good records of the bytes, past bad ones. */
function readAll(bytes: Uint8Array, first = FIRST): OutboxRecord[] {
  const found: OutboxRecord[] = [];
  for (let at = 0, number = first; ; ) {
    const { records, end } = scanRecords(bytes, at, number, SEED, Infinity);
    found.push(...records);
    number += records.length;
    const next = findRecord(bytes, end, number, SEED);
    if (!next) return found;
    ({ at, number } = next);
  }
}

function assertSomeOf(found: OutboxRecord[], contents: readonly Uint8Array[]): void {
  for (const { number, payload } of found) {
    const written = contents[number - FIRST];
    assert.ok(written && Buffer.from(written).equals(payload), `record ${number} is not what was written`);
  }
}

test('a header of the first version is read, and has no time', () => {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(HEADER_1));
  const read = decodeHeader(Buffer.concat([HEADER_1, crc, Buffer.from('a record')]));
  assert.deepEqual(read, { streamId: STREAM, first: FIRST, begunAt: undefined, bytes: 40 });
});

test('a header says whose segment it is, and any flipped bit makes it none', () => {
  const said = { streamId: STREAM, first: 2 ** 40 + 3, begunAt: 90 * 86_400_000 };
  const header = encodeHeader(said);
  assert.deepEqual(decodeHeader(header), { ...said, bytes: 48 });
  assert.equal(decodeHeader(header.subarray(0, 47)), undefined);
  for (let bit = 0; bit < header.length * 8; bit++) {
    const damaged = header.slice();
    damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
    assert.equal(decodeHeader(damaged), undefined);
  }
});

test('a name says the number of the first record', () => {
  assert.equal(segmentName(42), '00000000000000000042.seg');
  assert.equal(firstOfName(segmentName(2 ** 45)), 2 ** 45);
  assert.equal(firstOfName('00000000000000000042.seg.bad'), undefined);
  assert.equal(firstOfName('42.seg'), undefined);
});

test('what is written is read', () => {
  fc.assert(
    fc.property(payloads, (contents) => {
      const { records, end } = scanRecords(encode(contents), 0, FIRST, SEED, Infinity);
      assert.equal(records.length, contents.length);
      assertSomeOf(records, contents);
      assert.equal(end, encode(contents).length);
    }),
  );
});

test('text is kept as UTF-8', () => {
  const { records } = scanRecords(encode(['{"°":"é☃"}']), 0, FIRST, SEED, Infinity);
  assert.equal(Buffer.from(records[0]!.payload).toString(), '{"°":"é☃"}');
});

test('a cut anywhere leaves the whole records before it', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), (contents, where) => {
      const bytes = encode(contents);
      const cut = where % (bytes.length + 1);
      const found = readAll(bytes.subarray(0, cut));
      let whole = 0;
      for (let end = 0; whole < contents.length; whole++) {
        end += RECORD_HEADER_BYTES + contents[whole]!.length;
        if (end > cut) break;
      }
      assert.deepEqual(
        found.map(({ number }) => number),
        Array.from({ length: whole }, (_, index) => FIRST + index),
      );
      assertSomeOf(found, contents);
    }),
  );
});

test('a damaged byte costs its own record and no other', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (contents, where, flip) => {
      const bytes = encode(contents);
      const at = where % bytes.length;
      bytes[at] = bytes[at]! ^ flip;
      const found = readAll(bytes);
      assertSomeOf(found, contents);
      assert.equal(found.length, contents.length - 1);
    }),
  );
});

test('a run of noise loses what it covers and nothing is made up', () => {
  fc.assert(
    fc.property(
      payloads,
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      (contents, where, noise) => {
        const bytes = encode(contents);
        bytes.set(noise.subarray(0, bytes.length), where % Math.max(1, bytes.length - noise.length));
        assertSomeOf(readAll(bytes), contents);
      },
    ),
  );
});

test('a record inside a payload, of another stream, is not taken for one', () => {
  const seed = crcSeed('0190a000-0000-7000-8000-ffffffffffff');
  const inner = Buffer.alloc(40);
  writeRecord(inner, 0, FIRST + 1, 'an attack of 24 bytes...', seed);
  const bytes = encode([inner, 'next']);
  bytes[0] = 0xff;
  assert.deepEqual(
    readAll(bytes).map(({ number, payload }) => [number, Buffer.from(payload).toString()]),
    [[FIRST + 1, 'next']],
  );
});

test('reading stops at the bytes asked for, but not before one record', () => {
  const bytes = encode(['aaaa', 'bbbb', 'cccc']);
  assert.equal(scanRecords(bytes, 0, FIRST, SEED, 8).records.length, 2);
  assert.equal(scanRecords(bytes, 0, FIRST, SEED, 1).records.length, 1);
});

/** Every record of it with a damaged CRC, or one with one bit flipped anywhere. */
const spoilt = (contents: readonly Uint8Array[]) => {
  const bytes = Buffer.from(encode(contents));
  let at = 0;
  for (const { length } of contents) {
    bytes[at + 4]! ^= 1;
    at += RECORD_HEADER_BYTES + length;
  }
  return bytes;
};
const some = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 });

test('the numbers of records that were written whole are not due again, though none is good', () => {
  fc.assert(
    fc.property(some, (contents) => {
      assert.equal(dueBehind(spoilt(contents), FIRST, STREAM), FIRST + contents.length);
    }),
  );
});

test('whichever bit of the last record flips, its number is not due again, also with a torn one behind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat({ max: 30 }), (content, torn) => {
      const whole = encode([content]);
      const both = encode([content, Buffer.alloc(40, 'x')]);
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        const bytes = Buffer.from(both.subarray(0, whole.length + torn));
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        assert.ok(dueBehind(bytes, FIRST, STREAM) > FIRST, `bit ${bit}`);
      }
    }),
    { numRuns: 20 },
  );
});

test('what a power cut left of a record was promised to nobody', () => {
  const bytes = encode(['a message']);
  for (let end = 0; end < bytes.length; end++)
    assert.equal(dueBehind(bytes.subarray(0, end), FIRST, STREAM), FIRST, `${end} bytes of it`);
  assert.equal(dueBehind(new Uint8Array(4096), FIRST, STREAM), FIRST, 'nor what was never written');
});
