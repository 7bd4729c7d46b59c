import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultTtls, outboxQuota, streamTtls, streamTtlsText } from './outbox.ts';
import { streamNames } from './stream.ts';

describe('the outbox’s settings', () => {
  it('are times to live in place of the defaults', () => {
    assert.deepEqual(streamTtls.parse(''), defaultTtls);
    const ttls = streamTtls.parse('sample=30d,result=never');
    assert.deepEqual(ttls, { ...defaultTtls, sample: 30 * 86_400_000, result: Infinity });
  });

  it('are read as they are written', () => {
    const ttl = fc.oneof(fc.constant(Infinity), fc.nat({ max: 2 ** 40 }));
    const all = fc.record(Object.fromEntries(streamNames.map((name) => [name, ttl])));
    fc.assert(
      fc.property(all, (ttls) => {
        const given = { ...defaultTtls, ...ttls };
        assert.deepEqual(streamTtls.parse(streamTtlsText(given)), given);
      }),
    );
  });

  it('are refused where they name no stream or no duration', () => {
    for (const text of ['samples=3d', 'sample', 'sample=', 'sample=3', 'sample=3d,', ',', 'sample=3d;log=1d'])
      assert.equal(streamTtls.safeParse(text).success, false, text);
  });

  it('are a quota with room for one large message at least', () => {
    assert.equal(outboxQuota.parse('2Mi'), 2 ** 21);
    for (const text of ['1Mi', '0', 'much']) assert.equal(outboxQuota.safeParse(text).success, false, text);
  });
});
