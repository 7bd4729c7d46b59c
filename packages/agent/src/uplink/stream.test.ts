import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyStreamHash } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import type { OutboxReader } from '@skerry/kit/outbox';
import { memoryState } from '../testing/memory-state.ts';
import { streamUplink } from './stream.ts';

const payload = (id: string) => Buffer.from(JSON.stringify({ id }));
const hubs = 'a'.repeat(64);

/** A stream's folder, whose first record is damaged. */
function openFolder() {
  const reader: OutboxReader = {
    range: async () => ({ streamId: 's', first: 1, next: 4, bytes: 300 }),
    read: async (from) => ({
      records: [2, 3].filter((number) => number >= from).map((number) => ({ number, payload: payload('x') })),
      gaps: from === 1 ? [{ first: 1, last: 1, reason: 'corrupt' }] : [],
      next: 4,
    }),
    streamId: 's',
    isAtEnd: true,
    hasChanged: async () => true,
    watch: () => () => {},
    release: async () => 0,
    close: async () => {},
  };
  return { reader, state: memoryState(), key: { producer: 'runtime', stream: 'result' } as const };
}

/** The same, at the start of epoch 1. */
async function open() {
  const { reader, state, key } = openFolder();
  const stream = streamUplink({
    ...{ key, reader, state, logger: silentLogger, source: 'test' },
    remembered: undefined,
  });
  await stream.state();
  await stream.obey({ ...key, epoch: 1, expected: 1, hash: emptyStreamHash });
  await stream.next();
  const session = '00000000-0000-7000-8000-000000000000';
  const ack = { session, ...key, epoch: 1, hash: hubs };
  return { stream, state, ack };
}

test('behind what is gone, the hub’s position is believed as far as it was shown the batch', async () => {
  const { stream, state, ack } = await open();
  assert.equal(await stream.acknowledge({ ...ack, acknowledged: 3 }), 'settled');
  assert.equal(state.positions()[0]?.acknowledged, 3);
});

test('a hub that holds more than it was shown is not believed: what it holds may be a copy’s', async () => {
  const { stream, state, ack } = await open();
  assert.equal(await stream.acknowledge({ ...ack, acknowledged: 5 }), 'anew');
  assert.deepEqual([state.positions()[0]?.epoch, state.positions()[0]?.acknowledged], [0, 0]);
});

test('nor is one that puts the batch off, and so has compared nothing', async () => {
  const { stream, state, ack } = await open();
  assert.equal(await stream.acknowledge({ ...ack, acknowledged: 3, retryAfterMs: 1_000 }), 'settled');
  assert.deepEqual([state.positions()[0]?.epoch, state.positions()[0]?.acknowledged], [1, 0]);
});

/** Two were delivered; what lies under the second's number is another message now. */
const forgotten = {
  producer: 'runtime',
  stream: 'result',
  streamId: 's',
  epoch: 3,
  base: 0,
  acknowledged: 2,
  hash: hubs,
  dropped: 0,
  known: { number: 2, hash: hubs },
} as const;

test('nothing is sent from a folder before it is known that its numbers are those of before', async () => {
  const { reader, state, key } = openFolder();
  const remembered = forgotten;
  const { read } = reader;
  reader.read = () => Promise.reject(new Error('no sector'));
  const stream = streamUplink({ key, reader, state, remembered, logger: silentLogger, source: 'test' });
  await assert.rejects(stream.state(), /no sector/);
  assert.equal(stream.isSettled, false);
  reader.read = read;
  assert.deepEqual(await stream.state().then((it) => [it?.epoch, it?.lowest, it?.acknowledged]), [0, 1, 0]);
});

test('a folder that begins anew says how far it had been delivered, until it has a new epoch', async () => {
  const { reader, state, key } = openFolder();
  const options = { key, reader, state, logger: silentLogger, source: 'test' };
  const stream = streamUplink({ ...options, remembered: forgotten });
  const former = { epoch: 3, acknowledged: 2 };
  assert.deepEqual((await stream.state())?.former, former);
  const restarted = streamUplink({ ...options, remembered: state.positions()[0] });
  assert.deepEqual((await restarted.state())?.former, former);
  await restarted.obey({ ...key, epoch: 4, expected: 1, hash: emptyStreamHash });
  assert.equal((await restarted.state())?.former, undefined);
});

test('so does a stream that disagrees with the hub, as often as it asks', async () => {
  const { stream, state, ack } = await open();
  await stream.acknowledge({ ...ack, acknowledged: 5 });
  const [asked] = state.positions();
  assert.deepEqual(asked?.former, { epoch: 1, acknowledged: 0 });
  assert.deepEqual((await stream.state())?.former, asked?.former);
});

test('in a new epoch all that is there is sent again where the hub asks for it, else what is unacknowledged', async () => {
  for (const [all, acknowledged] of [
    [true, 0],
    [undefined, 2],
  ] as const) {
    const { reader, state, key } = openFolder();
    const remembered = { ...forgotten, known: undefined };
    const stream = streamUplink({ key, reader, state, remembered, logger: silentLogger, source: 'test' });
    await stream.state();
    await stream.obey({ ...key, epoch: 4, expected: 1, hash: emptyStreamHash, all });
    assert.equal(stream.summary().acknowledged, acknowledged);
    assert.equal((await stream.next())?.header.first, 1);
  }
});
