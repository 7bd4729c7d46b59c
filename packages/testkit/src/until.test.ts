import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from './until.ts';

describe('until', () => {
  it('gives the first answer that is one', async () => {
    const answers = [undefined, false, 0] as const;
    let asked = 0;
    assert.equal(await until(() => answers[asked++], { what: 'there is an answer', every: 1 }), 0);
    assert.equal(asked, 3);
  });

  it('asks again what throws, and keeps the last error as the cause', async () => {
    let asked = 0;
    const condition = () => {
      throw new Error(`look ${++asked}`);
    };
    await assert.rejects(until(condition, { what: 'it holds', deadline: 20, every: 1 }), (error: Error) => {
      assert.match(error.message, /waited 0.02 s in vain until it holds/);
      assert.equal((error.cause as Error).message, `look ${asked}`);
      return asked > 1;
    });
  });
});
