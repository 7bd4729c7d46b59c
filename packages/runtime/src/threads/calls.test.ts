import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { isSkerryError } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { failure } from '../errors.ts';
import { objectAt, peerAt } from './calls.ts';

interface Sums {
  add(a: number, b: number): Promise<number>;
  refuse(): Promise<void>;
  hang(): Promise<void>;
  absent(): Promise<void>;
}

const { port1, port2 } = new MessageChannel();
after(() => port1.close());
const own = {
  add: (a: number, b: number) => a + b,
  refuse() {
    throw failure('ModelNotFound', 'there is no model x here', { fields: { model: 'x' } });
  },
  hang: () => new Promise(() => {}),
};
peerAt(port2, { clock: nodeClock(), own, deadlineMs: 1_000 });
const peer = peerAt(port1, { clock: nodeClock(), own: {}, deadlineMs: 50 });
const sums = objectAt<Sums>(peer, ['add', 'refuse', 'hang', 'absent']);

describe('calls between threads', () => {
  it('answer what was asked, in whatever order', async () => {
    assert.deepEqual(await Promise.all([sums.add(1, 2), sums.add(3, 4)]), [3, 7]);
  });

  it('reject with the error as it was thrown', async () => {
    await assert.rejects(
      sums.refuse(),
      (error: Error) =>
        isSkerryError(error, 'ModelNotFound') &&
        error.detail === 'there is no model x here' &&
        error.fields?.model === 'x',
    );
    await assert.rejects(sums.absent(), (error) => isSkerryError(error, 'Internal'));
  });

  it('have a deadline, and end with the other side', async () => {
    await assert.rejects(sums.hang(), (error) => isSkerryError(error, 'DeadlineExceeded'));
    const waiting = sums.hang();
    peer.end(failure('Internal', 'the thread has ended'));
    await assert.rejects(waiting, /the thread has ended/);
    await assert.rejects(sums.add(1, 1), /the thread has ended/);
  });
});
