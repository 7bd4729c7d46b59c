import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredMessage } from '@skerry/contracts';
import fc from 'fast-check';
import { judge } from './ledger.ts';

const message = (id: string) => ({ event: { id, source: 'camera' } as StoredMessage['event'] });
const byId = (event: StoredMessage['event']) => event.id;
const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 });

describe('the judge', () => {
  it('finds nothing where every promise is kept once', () => {
    fc.assert(
      fc.property(ids, (promised) => {
        const verdict = judge({ promised, held: promised.map(message), notices: [] }, byId);
        assert.deepEqual([verdict.lost, verdict.twice, verdict.dropped, verdict.unasked], [[], [], [], []]);
      }),
    );
  });

  it('names exactly what was taken away, and excuses exactly what a notice covers', () => {
    fc.assert(
      fc.property(ids, fc.func(fc.constantFrom('kept', 'lost', 'dropped')), (promised, fate) => {
        const fated = (want: string) => promised.filter((id) => fate(id) === want);
        const notices = fated('dropped').map((id) => ({ ids: [id] }));
        const verdict = judge({ promised, held: fated('kept').map(message), notices }, byId);
        assert.deepEqual(verdict.lost, fated('lost'));
        assert.deepEqual(verdict.dropped, fated('dropped'));
      }),
    );
  });

  it('names what is held more than once, and what was never promised', () => {
    const verdict = judge(
      { promised: ['1', '2'], held: ['1', '2', '2', '2', '3'].map(message), notices: [] },
      byId,
    );
    assert.deepEqual(verdict.twice, ['2']);
    assert.deepEqual(verdict.unasked, ['3']);
    assert.equal(verdict.held, 5);
  });

  it('tells messages apart by source and id together', () => {
    const held = ['a', 'b'].map((source) => ({ event: { id: '1', source } as StoredMessage['event'] }));
    const verdict = judge({ promised: ['a 1', 'b 1'], held, notices: [] });
    assert.deepEqual([verdict.lost, verdict.twice], [[], []]);
  });
});
