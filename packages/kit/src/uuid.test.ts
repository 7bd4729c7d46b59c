import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from './testing/seeded-random.ts';
import { formatUuid, parseUuid, uuidv7 } from './uuid.ts';

test('is the example of RFC 9562, appendix A.6', () => {
  const random = { bytes: () => Buffer.from('0cc318c4dc0c0c07398f', 'hex') };
  assert.equal(uuidv7({ now: () => 0x017f22e279b0 }, random), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('has version and variant, and sorts by time', () => {
  const random = seededRandom(1);
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 2 }), (now) => {
      const [earlier, later] = [uuidv7({ now: () => now }, random), uuidv7({ now: () => now + 1 }, random)];
      assert.match(earlier, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.ok(earlier < later);
      assert.equal(formatUuid(parseUuid(earlier)), earlier);
    }),
  );
});
