import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from './books.ts';
import { type HubAccount, hubAccount } from './hub-account.ts';
import type { Run } from './ledger.ts';
import { tenPromised } from './ten-promised.ts';

/** In epoch 3 they are 4 to 10. */
const promisedTen = () =>
  tenPromised(
    () => 100,
    [
      { epoch: 2, acknowledged: 20 },
      { epoch: 3, acknowledged: 23 },
    ],
  );

const notice = (epoch: number, first: number, last: number, reason = 'quota'): Entry => ({
  device_id: 'd',
  producer: 'runtime',
  stream: 'result',
  epoch,
  first,
  last,
  what: 'notice',
  event_id: null,
  body: null,
  count: last - first + 1,
  reason,
});

/** What is lost when the hub has 1 to 4, and this. */
function lossWith(have: (hub: HubAccount) => void): string {
  const { ledger, numbers } = promisedTen();
  const hub = hubAccount();
  for (let number = 1; number <= 4; number++) hub.store('result', number);
  have(hub);
  const loss = hub.lossOf(ledger, numbers);
  return loss ? `${loss.count} from ${loss.first}` : 'none';
}

test('a message is accounted for by a notice of exactly its number, in an epoch in which it had that number', () => {
  assert.equal(
    lossWith(() => {}),
    '6 from result-5',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(2, 5, 10), 200)),
    'none',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(3, 5, 10), 200)),
    'none',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(2, 4, 9), 200)),
    '1 from result-10',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(1, 1, 99), 200)),
    '6 from result-5',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(2, 25, 30), 200)),
    '6 from result-5',
  );
  assert.equal(
    lossWith((hub) => hub.notice(notice(2, 5, 10), 99)),
    '6 from result-5',
    'it was there before the promise',
  );
});

test('what was acknowledged before an epoch has no number in it', () => {
  const { ledger, numbers } = promisedTen();
  const hub = hubAccount();
  hub.notice(notice(3, 1, 10), 200);
  assert.deepEqual(hub.lossOf(ledger, numbers), { count: 3, first: 'result-1' });
});

test('a restored hub accounts for what it had, and for nothing else', () => {
  const restoredAfter = (held: number, said: Entry) => {
    const { ledger, numbers } = promisedTen();
    const hub = hubAccount();
    const goBack = hub.remember();
    for (let number = 1; number <= held; number++) hub.store('result', number);
    goBack();
    hub.notice(said, 200);
    hub.moved('result', 3);
    return hub.lossOf(ledger, numbers);
  };
  assert.equal(restoredAfter(10, notice(2, 1, 10, 'hub-restored')), undefined);
  assert.deepEqual(restoredAfter(8, notice(2, 1, 10, 'hub-restored')), { count: 2, first: 'result-9' });
  assert.equal(restoredAfter(10, notice(2, 1, 1, 'epoch-lost')), undefined);
  assert.equal(restoredAfter(10, notice(1, 7, 7, 'epoch-lost')), undefined, 'epoch 2 lies between 1 and 3');
  assert.deepEqual(restoredAfter(10, notice(3, 1, 1, 'epoch-lost')), { count: 3, first: 'result-1' });
});

test('what an earlier life of the hub had is not told where a copy came first and the device has it no more', () => {
  const { ledger, numbers } = promisedTen();
  const hub = hubAccount();
  const goBack = hub.remember();
  for (let number = 1; number <= 8; number++) hub.store('result', number);
  goBack();
  const lossBelow = (lowest: number) => {
    hub.copyCameFirst('result', lowest);
    return hub.lossOf(ledger, numbers);
  };
  const [{ local }] = ledger.runs as [Run];
  assert.deepEqual(lossBelow(local), { count: 10, first: 'result-1' });
  assert.deepEqual(lossBelow(local + 3), { count: 7, first: 'result-4' }, 'the device still has the rest');
  assert.deepEqual(lossBelow(local + 10), { count: 2, first: 'result-9' }, 'the hub never had the rest');
});

test('a message comes once, and what a disk has lost is not looked for', () => {
  const { ledger, numbers } = promisedTen();
  const hub = hubAccount();
  assert.deepEqual([hub.store('result', 1), hub.store('result', 1)], [true, false]);
  const mark = ledger.mark();
  ledger.promise('result', 11, { streamId: 'folder', local: 31 }, 300);
  ledger.forgive(mark);
  for (let number = 2; number <= 10; number++) hub.store('result', number);
  assert.equal(hub.lossOf(ledger, numbers), undefined);
});
